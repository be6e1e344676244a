#include <algorithm>
#include <map>

#include "base/text.h"
#include "config/check.h"
#include "config/topic_names.h"
#include "senders/source.h"

namespace hookferry::config {
namespace {

std::string source_key(std::size_t source, std::string_view member) {
  return cat("sources[", source, "].", member);
}

/// Two sources with one value of a member that tells them apart.
void check_unique(const Config& config, const Reading& reading, std::string_view member, std::string Source::*field) {
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const std::string& value = config.sources[i].*field;
    const auto [known, is_new] = first.emplace(value, i);
    // Two of one name have one default path as well: once is enough.
    const bool same_name = field != &Source::name && config.sources[known->second].name == config.sources[i].name;
    if (is_new || value.empty() || same_name) continue;
    const std::string name = source_key(i, member);
    reading.problems.error(where_of(reading, {name, cat("sources[", i, "]")}),
                           cat(name, ": ", value, " is also the ", member, " of sources[", known->second, "]"));
  }
}

void check_equal_secrets(const Config& config, const Reading& reading) {
  std::map<std::string, std::string> first;  // value to the key that has it
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const std::vector<Secret>& secrets = config.sources[i].secrets;
    for (std::size_t k = 0; k < secrets.size(); ++k) {
      if (secrets[k].value.empty()) continue;
      const std::string name = source_key(i, cat("secrets[", k, "]"));
      const auto [known, is_new] = first.emplace(secrets[k].value, name);
      if (is_new) continue;
      reading.problems.warning(where_of(reading, {name, cat("sources[", i, "]")}),
                               cat(name, ": the secret in ", secrets[k].origin, " equals that of ", known->second));
    }
  }
}

/// Not an error: a later version of a preset may come to know an event that a configuration had to add.
void check_known_events(const Config& config, const Reading& reading) {
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const Source& source = config.sources[i];
    std::vector<std::string_view> known = senders::preset_events(source.preset);
    for (std::size_t k = 0; k < source.events.size(); ++k) {
      const std::string name = source_key(i, cat("events[", k, "]"));
      if (source.events[k].empty()) continue;
      if (std::find(known.begin(), known.end(), source.events[k]) != known.end()) {
        reading.problems.warning(where_of(reading, {name}), cat(name, ": ", source.events[k],
                                                                " is one of the source's events already: remove it"));
      }
      known.push_back(source.events[k]);
    }
  }
}

/// The place to change: an event that was added, else the template that was given, else the source.
Where where_of_topic(const Config& config, const Reading& reading, const std::vector<TopicUse>& uses) {
  for (auto use = uses.rbegin(); use != uses.rend(); ++use) {
    const std::vector<std::string>& added = config.sources[use->source].events;
    const auto event = std::find(added.begin(), added.end(), use->event);
    if (use->event.empty() || event == added.end()) continue;
    const auto found = reading.places.find(source_key(use->source, cat("events[", event - added.begin(), "]")));
    if (found != reading.places.end() && reading.places.count("kafka.topic") == 0) return found->second;
  }
  const bool quarantine = uses.back().event.empty();
  return where_of(reading,
                  {quarantine ? "kafka.quarantine_topic" : "kafka.topic", "kafka.topic", "kafka.quarantine_topic",
                   source_key(uses.back().source, "name"), cat("sources[", uses.back().source, "]")});
}

}  // namespace

void check_sources(const Config& config, const Reading& reading) {
  check_unique(config, reading, "name", &Source::name);
  check_unique(config, reading, "path", &Source::path);
  check_equal_secrets(config, reading);
  check_known_events(config, reading);
  for (const TopicProblem& problem : check_topics(config)) {
    reading.problems.error(where_of_topic(config, reading, problem.uses), problem.message);
  }
}

}  // namespace hookferry::config
