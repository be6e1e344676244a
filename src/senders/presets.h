// The built-in senders as data. A new sender of the same kind is a new entry of the table in presets.cc, no code.
#pragma once

#include <span>
#include <string_view>

namespace hookferry::senders {

/// Where the entity id of some events stands. The first rule whose prefix fits an event's name is the event's rule; an
/// event that no rule fits has no entity id.
struct IdRule {
  std::string_view prefix;  // of the event's name; empty: every event
  std::string_view member;
  bool in_data;  // a member of the data member, else of the top level
  bool is_job;   // the id is a job id too: it names the one event that can come of that job
};

struct DocumentedEvent {
  std::string_view name;
  std::string_view sample;  // the body as documented, compact
};

/// All texts live as long as the program.
struct Preset {
  std::string_view name;
  std::string_view source_uri;
  std::string_view secret_variable;
  std::string_view signature_header;  // as documented
  std::string_view event_member;
  std::string_view data_member;
  std::string_view timestamp_member;  // empty: the sender has none
  std::span<const IdRule> id_rules;
  std::span<const DocumentedEvent> events;
};

/// Null if there is no preset of that name.
[[nodiscard]] const Preset* find_preset(std::string_view name) noexcept;

}  // namespace hookferry::senders
