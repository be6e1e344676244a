// Which names the ids of sources, events and topics stand for, for the life of the process.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/append_only.h"
#include "hookferry/outcome.h"

namespace hookferry::pipeline {

/// A name keeps its id over every change of the configuration, also while it is not part of it; a new name gets the
/// next one. So whoever holds an id (a flight, a request that waits, a series) needs to know nothing of reloads.
///
/// Asking for a name by its id is thread-safe at any time. Asking for the id of a name, which may add it, is for one
/// thread at a time.
class Catalog {
 public:
  /// How many there can be of each; of events, for each source.
  static constexpr std::size_t max_ids = 0xffff;

  // Nullopt: there are no ids left.
  [[nodiscard]] std::optional<SourceId> source(std::string_view name);
  [[nodiscard]] std::optional<EventId> event(SourceId source, std::string_view name);
  [[nodiscard]] std::optional<TopicId> topic(std::string_view name);

  [[nodiscard]] std::size_t sources() const noexcept { return sources_.size(); }
  [[nodiscard]] std::size_t events(SourceId source) const noexcept { return sources_[source].events.size(); }
  [[nodiscard]] std::size_t topics() const noexcept { return topics_.size(); }

  [[nodiscard]] const std::string& source_name(SourceId source) const noexcept { return sources_[source].name; }
  [[nodiscard]] const std::string& event_name(SourceId source, EventId event) const noexcept {
    return sources_[source].events[event];
  }
  [[nodiscard]] const std::string& topic_name(TopicId topic) const noexcept { return topics_[topic]; }

 private:
  using Ids = std::map<std::string, std::uint16_t, std::less<>>;
  struct Source {
    explicit Source(std::string_view source_name) : name(source_name) {}
    const std::string name;
    AppendOnly<std::string> events;
    Ids event_ids;
  };

  AppendOnly<Source> sources_;
  AppendOnly<std::string> topics_;
  Ids source_ids_;
  Ids topic_ids_;
};

}  // namespace hookferry::pipeline
