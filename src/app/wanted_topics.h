// The topics that a configuration wants, and the rights on each that it needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace hookferry::app {

/// Kafka's operations on a topic, by the names that kafka-acls.sh and Strimzi give them.
/// https://kafka.apache.org/documentation/#operations_in_kafka
struct WantedTopic {
  std::string name;
  std::string use;  // for people: "job.complete of glossi", "quarantine of glossi"
  bool quarantine = false;
  bool read = false;                     // by the tail
  std::vector<std::string_view> rights;  // Write and Describe first
};

/// In the order of the sources and their events, the quarantine of each after them.
[[nodiscard]] std::vector<WantedTopic> wanted_topics(const config::Config& config);

/// Who hookferry logs in to Kafka as, as far as the configuration says it: "User:NAME"; else empty.
[[nodiscard]] std::string principal(const config::Kafka& kafka);

}  // namespace hookferry::app
