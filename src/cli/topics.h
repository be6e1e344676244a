// hookferry topics: the topics and rights that a configuration needs, for whoever makes them.
#pragma once

#include <string>
#include <vector>

#include "app/wanted_topics.h"
#include "cli/command.h"

namespace hookferry::cli {

struct TopicsOptions {
  std::string format = "text";
  std::string principal;  // empty: as the configuration says, else User:hookferry
};

/// All that is printed.
struct TopicsToMake {
  std::string servers;
  config::Kafka kafka;  // how topics are made
  std::string principal;
  std::vector<app::WantedTopic> topics;
};

[[nodiscard]] std::string topics_as_text(const TopicsToMake& wanted);
/// A script for sh, with the tools that Kafka comes with.
[[nodiscard]] std::string topics_as_kafka_cli(const TopicsToMake& wanted);
/// Resources for Strimzi's Topic and User Operator.
[[nodiscard]] std::string topics_as_strimzi(const TopicsToMake& wanted);
/// For the provider Mongey/kafka.
[[nodiscard]] std::string topics_as_terraform(const TopicsToMake& wanted);

[[nodiscard]] int topics(const CommonOptions& common, const TopicsOptions& options);

}  // namespace hookferry::cli
