// Renders Kafka records: CloudEvents 1.0 in structured JSON mode, and raw bodies for the quarantine topic.
#pragma once

#include <span>
#include <string_view>

#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/record.h"
#include "senders/reader.h"
#include "senders/source.h"
#include "senders/verifier.h"

namespace hookferry::senders {

/// Of every event's record; what is quarantined has the request's.
inline constexpr std::string_view event_content_type = "application/cloudevents+json; charset=UTF-8";

/// W3C trace context to pass on: the request's `traceparent` (and its `tracestate`) when valid, else empty.
/// The views are those of the headers.
struct TraceContext {
  std::string_view parent;
  std::string_view state;
};
/// https://www.w3.org/TR/trace-context/: more than one traceparent, or an invalid one, is none, and then there is no
/// tracestate. A tracestate that is invalid, over 512 bytes, or spread over several headers is not passed on (a state
/// may be dropped, and joining would copy); the traceparent is.
[[nodiscard]] TraceContext trace_context(std::span<const HeaderView> headers);

/// The event as one CloudEvent; its data stands in the record's value as it stood in the body. The key is the entity
/// id, else the CloudEvents id in hexadecimal. `source` is the one that `event` was read for.
[[nodiscard]] Record render_event(const Source& source, const Event& event, const TraceContext& trace,
                                  WallTime received, TopicId topic);

/// The raw body, with the reason and every header that the source reads (its name in lower case). `headers` are all of
/// the request; of several content-type the first is kept. The key is the hexadecimal id of `quarantine_key`.
[[nodiscard]] Record render_quarantine(const Source& source, Quarantine reason, const VerifiedBody& body,
                                       std::span<const HeaderView> headers, WallTime received, TopicId topic);

/// What tells quarantined bodies apart: source and body, hashed like the fields of an event's id. Both hashes of the
/// key are the same one, so that no two bodies are ever in conflict.
[[nodiscard]] ClaimKey quarantine_key(const Source& source, const VerifiedBody& body);

/// What Kafka counts against max.message.bytes for this record alone in its batch: batch header, varints, headers.
/// https://kafka.apache.org/documentation/#recordbatch (uncompressed; a batch's first record has zero deltas).
[[nodiscard]] std::size_t batch_size(const Record& record);

}  // namespace hookferry::senders
