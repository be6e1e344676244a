// Reads a verified body as an event: what routes it, what tells it apart, and which of its bytes carry it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hookferry/claims.h"
#include "hookferry/outcome.h"
#include "senders/source.h"
#include "senders/verifier.h"

namespace hookferry::senders {

/// An event as it was read. The views point into the body, which must outlive it; decoded ids are owned.
struct Event {
  EventId event = no_event;
  std::string_view data;       // the member that carries the event, byte for byte, without surrounding white space
  std::string entity_id;       // CloudEvents subject and key; empty: the event has none
  std::string job_id;          // empty: the event has none
  std::string_view timestamp;  // as sent, when valid for every SDK; else empty
  std::string unmapped;        // text of a JSON object of the members nothing else carries; empty: none
  ClaimKey key;                // key.id is the CloudEvents id
  Digest data_digest{};        // SHA-256 of `data`
};

/// Why a body cannot be routed, and the event's name where it is one of the source's (for labels).
struct Unroutable {
  Quarantine reason;
  EventId event = no_event;
};

/// One per thread: keeps its parser's memory. Not thread-safe.
class Reader {
 public:
  explicit Reader(std::shared_ptr<const Source> source);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// Where several reasons hold against a body, the one told is the first of:
  /// 1. not_json or too_deep, whichever comes first in the text;
  /// 2. ambiguous, when the member that names the event stands twice: there is no telling which name is meant;
  /// 3. no_event_name (it is absent or no string, or the body is no object), 4. unknown_event: the name says which
  /// rules hold;
  /// 5. ambiguous, for the data, the timestamp and the id that this event is routed by, each in any spelling of its
  /// name
  ///    (`"e\u0076ent"` is `"event"`); members that it is not routed by may stand twice and are passed on as they are;
  /// 6. bad_id: an id that is there must be a string or a 64-bit integer, signed or not: so null, 1.0, 1e3, true and
  ///    18446744073709551616 are bad, -0 is 0. A text has 1 to 256 bytes, none of them a control character or, since no
  ///    CloudEvents attribute may carry it, a Unicode noncharacter. Without the member the event has no entity;
  /// 7. no_data: the member that carries the event is absent. Any value is data, null and empty ones too.
  /// A timestamp that is no valid RFC 3339 text as it is written (escaped, for one) goes to `unmapped`.
  [[nodiscard]] std::variant<Event, Unroutable> read(const VerifiedBody& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::senders
