// The names of the topics that a configuration publishes to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace hookferry::config {

/// What is wrong with kafka.topic or kafka.quarantine_topic as a template, empty if nothing. The first may name the
/// event as {event}, both the source as {source}.
[[nodiscard]] std::string check_topic(std::string_view text);
[[nodiscard]] std::string check_quarantine_topic(std::string_view text);

/// What is wrong with an event's name as part of a topic's, empty if nothing.
[[nodiscard]] std::string check_event_name(std::string_view text);

/// One topic and what goes to it.
struct TopicUse {
  std::size_t source = 0;  // position in Config::sources
  std::string event;       // empty: what is quarantined
  std::string topic;
};
/// For each source its events, the preset's before its own, and its quarantine. Leaves out what has no name, or one
/// that another source has: those are problems of their own.
[[nodiscard]] std::vector<TopicUse> topic_uses(const Config& config);

/// Why Kafka refuses a topic of that name, empty if it does not.
/// https://kafka.apache.org/: org.apache.kafka.common.internals.Topic.
[[nodiscard]] std::string check_topic_name(std::string_view topic);
/// The name under which Kafka's metrics know a topic: topics that differ only in '.' and '_' are one there.
[[nodiscard]] std::string metric_name(std::string_view topic);

/// Every problem of the names together.
struct TopicProblem {
  std::vector<TopicUse> uses;  // those that it is about, in order
  std::string message;
};
[[nodiscard]] std::vector<TopicProblem> check_topics(const Config& config);

}  // namespace hookferry::config
