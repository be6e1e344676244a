// What a sender would send: its documented events, with an identity of their own where they are to be new, and its
// signature.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hookferry/clock.h"
#include "hookferry/record.h"
#include "senders/source.h"

namespace hookferry::senders {

/// The event that stands for a preset where none is named: the first documented one that has a job id, since that is
/// what duplicates are told by. Empty if there is no such preset.
[[nodiscard]] std::string_view preset_example(std::string_view preset);

/// What makes a sample an event of its own.
struct Identity {
  std::string id;         // takes the place of what follows the first '-' or '_' of the documented entity id
  std::string timestamp;  // RFC 3339; for senders that have one
};

/// The documented body of an event, with that identity; of an event without a documented body the smallest one that is
/// read as this event. The preset must exist.
[[nodiscard]] std::string sample_body(std::string_view preset, std::string_view event, const Identity& identity);

/// What becomes of an event's documented body at `received`; nothing of an event without one. Its topic is 0.
[[nodiscard]] std::optional<Record> documented_record(const std::shared_ptr<const Source>& source, EventId event,
                                                      WallTime received);

/// The header that a sender signs a body with: name and value. The preset must exist.
[[nodiscard]] std::pair<std::string, std::string> signature_header(std::string_view preset, std::string_view secret,
                                                                   std::string_view body);

}  // namespace hookferry::senders
