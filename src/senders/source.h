// How a sender signs, names, identifies and carries its events: one immutable description per configured source.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hookferry/outcome.h"

namespace hookferry::senders {

struct IdRule;
struct Preset;

/// What the configuration says of one source.
struct SourceSpec {
  std::string name;                  // label, topic prefix
  std::string preset;                // glossi | meshqa
  std::string path;                  // empty: /webhooks/NAME
  std::vector<std::string> secrets;  // 1..8, all active
  std::vector<std::string> events;   // added to the preset's own
  std::string source_uri;            // empty: the preset's
  std::string type;                  // empty: PRESET.{event}
};

/// Immutable once made, shared by all threads. The secrets live as long as it does and are wiped with it.
class Source {
 public:
  static constexpr std::size_t max_secrets = 8;
  static constexpr std::size_t max_event_name = 128;  // leaves room for the rest of a topic's 249 bytes

  /// Fails where the spec names no such preset, has no secret or more than `max_secrets`, or has a name, a path, an
  /// event name, a source_uri or a type that cannot be what it is for; the first problem found is told, with its key.
  /// An event name that stands twice, or is the preset's own, counts once. The secrets are wiped on failure too.
  static Result<std::shared_ptr<const Source>> make(SourceSpec spec);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& preset() const noexcept { return preset_name_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& uri() const noexcept { return uri_; }
  [[nodiscard]] const std::vector<std::string>& secrets() const noexcept { return secrets_; }
  /// The preset's own first, then those that the configuration adds; an EventId is a position in this list.
  [[nodiscard]] const std::vector<std::string>& events() const noexcept { return events_; }
  /// `no_event` if it is none of this source's.
  [[nodiscard]] EventId find_event(std::string_view name) const noexcept;
  [[nodiscard]] const std::string& type(EventId event) const noexcept;  // CloudEvents type
  /// In the sender's spelling; header names are compared without regard to case.
  [[nodiscard]] std::string_view signature_header() const noexcept;
  /// How the sender's bodies are built.
  [[nodiscard]] const Preset& format() const noexcept { return *preset_; }
  /// Where the entity id of an event stands; null: it has none.
  [[nodiscard]] const IdRule* id_rule(EventId event) const noexcept;

 private:
  explicit Source(SourceSpec spec);
  [[nodiscard]] Result<void> complete(const std::string& type_template);
  [[nodiscard]] Result<void> add_events();
  [[nodiscard]] Result<void> check_secrets() const;

  const Preset* preset_ = nullptr;
  std::string name_;
  std::string preset_name_;
  std::string path_;
  std::string uri_;
  std::vector<std::string> secrets_;
  std::vector<std::string> events_;
  std::vector<std::string> types_;       // by EventId
  std::vector<const IdRule*> id_rules_;  // by EventId
};

/// The built-in senders.
[[nodiscard]] std::vector<std::string_view> preset_names();
/// The environment variable in which a preset's secret is looked for when there is no file: GLOSSI_WEBHOOK_SECRET.
/// Empty if there is no such preset.
[[nodiscard]] std::string_view preset_secret_variable(std::string_view preset);
/// A preset's own event names.
[[nodiscard]] std::vector<std::string_view> preset_events(std::string_view preset);
/// A documented sample body of an event (compact JSON, as in the sender's documentation); empty if there is none.
[[nodiscard]] std::string_view preset_sample(std::string_view preset, std::string_view event);

}  // namespace hookferry::senders
