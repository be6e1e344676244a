// What can become of a request that reached a source, and who waits to be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hookferry/bytes.h"
#include "hookferry/clock.h"

namespace hookferry {

/// Stands for a source's name for the life of the process: reloads of the configuration do not change it.
using SourceId = std::uint16_t;
/// Stands for an event's name within its source, likewise; `no_event` where it is none of its source's. Within the
/// senders room: the position among the source's events.
using EventId = std::uint16_t;
inline constexpr EventId no_event = 0xffff;
/// Stands for a topic that this process publishes to, likewise.
using TopicId = std::uint16_t;

/// Why a request was refused with 401. Goes to metrics and the log, never to the client.
enum class Rejection : std::uint8_t {
  signature_missing,
  signature_malformed,
  signature_repeated,
  signature_mismatch,
  timestamp_missing,
  timestamp_stale,
  address_denied,
};
inline constexpr std::string_view rejection_names[] = {
    "signature_missing", "signature_malformed", "signature_repeated", "signature_mismatch",
    "timestamp_missing", "timestamp_stale",     "address_denied"};

/// Why an authentic event went to the quarantine topic. The names are public: header `hookferry-reason` and the answer.
enum class Quarantine : std::uint8_t {
  not_json,       // text that the JSON reader refuses
  too_deep,       // nested deeper than 32 levels
  no_event_name,  // no member that names the event, or not a string
  unknown_event,  // a name that is not one of the source's events
  ambiguous,      // a member that it is routed by stands twice
  bad_id,         // neither string nor 64-bit integer, empty, over 256 bytes, or with control characters
  no_data,        // the member that carries the event is absent
  too_large,      // the rendered record is larger than its topic takes
  conflict,       // the job id was seen with other data
};
inline constexpr std::string_view quarantine_names[] = {"not_json",      "too_deep",  "no_event_name",
                                                        "unknown_event", "ambiguous", "bad_id",
                                                        "no_data",       "too_large", "conflict"};

/// Labels of hookferry_events_total{outcome}: the first five count events at their first durability, the others
/// answers.
enum class EventOutcome : std::uint8_t { published, spooled, conflict, quarantined, duplicate, refused };
inline constexpr std::string_view event_outcome_names[] = {"published",   "spooled",   "conflict",
                                                           "quarantined", "duplicate", "refused"};

[[nodiscard]] constexpr std::string_view name(Rejection value) {
  return rejection_names[static_cast<std::size_t>(value)];
}
[[nodiscard]] constexpr std::string_view name(Quarantine value) {
  return quarantine_names[static_cast<std::size_t>(value)];
}
[[nodiscard]] constexpr std::string_view name(EventOutcome value) {
  return event_outcome_names[static_cast<std::size_t>(value)];
}

/// Where a record stands in Kafka.
struct Place {
  TopicId topic = 0;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
};

/// What became of a request.
struct Outcome {
  enum class Kind : std::uint8_t {
    accepted,     // durable, and this request was the first
    duplicate,    // durable, and another request was the first
    quarantined,  // durable in the quarantine topic
    rejected,     // not authentic
    unavailable,  // not durable in time, or a cap was reached
  };
  Kind kind = Kind::unavailable;
  Rejection rejection{};               // when rejected
  Quarantine quarantine{};             // when quarantined
  Id128 id{};                          // when accepted or duplicate
  std::optional<Place> place;          // when this request's own record was delivered to Kafka
  std::optional<Duration> first_seen;  // when a duplicate of what is durable: how long ago that was
  std::string_view detail;             // when unavailable: what stood in the way, a static text
};

/// A request that is held by the http room until its outcome is known.
struct Ticket {
  std::uint32_t loop = 0;
  std::uint32_t connection = 0;
  std::uint64_t exchange = 0;
};

/// One who waits for an outcome, with what the answer, the metrics and the log line need.
struct Waiter {
  Ticket ticket;
  MonotonicTime received;  // when the request's last byte was in
  SourceId source = 0;
  EventId event = no_event;
  std::uint8_t secret = 0;  // position of the one that matched, from 1; 0: none did
  Id128 id{};
};

/// Takes the outcomes of those who wait. Thread-safe; called without locks held that the caller of submit could need.
class Replies {
 public:
  virtual ~Replies() = default;
  virtual void reply(const Waiter& waiter, const Outcome& outcome) noexcept = 0;
};

}  // namespace hookferry
