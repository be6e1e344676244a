#include "config/topic_names.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "config/masking.h"
#include "senders/source.h"

namespace hookferry::config {
namespace {

constexpr std::size_t longest_topic = 249;
constexpr std::size_t longest_event = 128;

bool is_topic_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_topic_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_topic_character);
}

std::string replaced(std::string text, std::string_view placeholder, std::string_view value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos;
       at = text.find(placeholder, at + value.size())) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

std::string fill(const std::string& pattern, const std::string& source, const std::string& event) {
  return replaced(replaced(pattern, "{source}", source), "{event}", event);
}

std::string check_template(std::string_view text, bool with_event) {
  const std::string rest = fill(std::string(text), "x", with_event ? "x" : "{event}");
  if (rest.empty()) return "must not be empty";
  if (is_topic_text(rest)) return {};
  return cat(quote(text), " is not a topic name: letters, digits, '.', '_', '-'",
             with_event ? ", {source} and {event}" : " and {source}");
}

/// The preset's events, then those that were added.
std::vector<std::string> events_of(const Source& source) {
  std::vector<std::string> events;
  for (const std::string_view event : senders::preset_events(source.preset)) events.emplace_back(event);
  for (const std::string& event : source.events) {
    const bool known = std::find(events.begin(), events.end(), event) != events.end();
    if (!known && !event.empty()) events.push_back(event);
  }
  return events;
}

std::string describe(const Config& config, const TopicUse& use) {
  const std::string& source = config.sources[use.source].name;
  return use.event.empty() ? cat("the quarantine of ", source) : cat(use.event, " of ", source);
}

/// "a and b", "a, b and 5 more"
std::string describe(const Config& config, const std::vector<TopicUse>& uses) {
  const std::string first = describe(config, uses[0]);
  if (uses.size() == 2) return cat(first, " and ", describe(config, uses[1]));
  return cat(first, ", ", describe(config, uses[1]), " and ", uses.size() - 2, " more");
}

using Groups = std::map<std::string, std::vector<TopicUse>>;

/// Topics that each would have several uses.
void add_shared(const Config& config, const Groups& by_topic, std::vector<TopicProblem>& problems) {
  for (const auto& [topic, uses] : by_topic) {
    if (uses.size() < 2) continue;
    problems.push_back({uses, cat("topic ", topic, " would take ", describe(config, uses),
                                  ": each needs a topic of its own; use {source} and {event}")});
  }
}

void add_similar(const Groups& by_topic, std::vector<TopicProblem>& problems) {
  std::map<std::string, std::vector<TopicUse>> by_metric;
  for (const auto& [topic, uses] : by_topic) by_metric[metric_name(topic)].push_back(uses.front());
  for (const auto& [name, uses] : by_metric) {
    if (uses.size() < 2) continue;
    problems.push_back(
        {uses, cat("topics ", uses[0].topic, " and ", uses[1].topic,
                   " differ only in '.' and '_': in Kafka's metrics they are one, so Kafka refuses the second")});
  }
}

}  // namespace

std::string check_topic(std::string_view text) {
  return check_template(text, true);
}
std::string check_quarantine_topic(std::string_view text) {
  return check_template(text, false);
}

std::string check_event_name(std::string_view text) {
  if (!text.empty() && text.size() <= longest_event && is_topic_text(text)) return {};
  return cat(quote(text), " is not an event name that can be part of a topic's: 1 to ", longest_event,
             " letters, digits, '.', '_' and '-'");
}

std::vector<TopicUse> topic_uses(const Config& config) {
  std::vector<TopicUse> uses;
  std::set<std::string> names{""};
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const Source& source = config.sources[i];
    if (!names.insert(source.name).second) continue;
    for (const std::string& event : events_of(source))
      uses.push_back({i, event, fill(config.kafka.topic, source.name, event)});
    uses.push_back({i, {}, fill(config.kafka.quarantine_topic, source.name, {})});
  }
  return uses;
}

std::string check_topic_name(std::string_view topic) {
  if (topic.empty()) return "a topic without a name";
  if (topic == "." || topic == "..") return cat("topic '", topic, "': Kafka does not allow this name");
  if (topic.size() > longest_topic) {
    return cat("topic ", printable(topic, 40), " has ", topic.size(), " characters: Kafka allows ", longest_topic);
  }
  if (!is_topic_text(topic)) return cat("topic ", quote(topic), ": Kafka allows letters, digits, '.', '_' and '-'");
  return {};
}

std::string metric_name(std::string_view topic) {
  std::string name(topic);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<TopicProblem> check_topics(const Config& config) {
  std::vector<TopicProblem> problems;
  Groups by_topic;
  for (const TopicUse& use : topic_uses(config)) {
    const std::string problem = check_topic_name(use.topic);
    if (!problem.empty()) problems.push_back({{use}, problem});
    by_topic[use.topic].push_back(use);
  }
  add_shared(config, by_topic, problems);
  add_similar(by_topic, problems);
  return problems;
}

}  // namespace hookferry::config
