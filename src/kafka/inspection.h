// Looks once at all that a configuration needs of Kafka, and changes nothing there: `check --connect`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"
#include "kafka/producer.h"
#include "kafka/topics.h"

namespace hookferry::kafka {

enum class Right { unknown, granted, denied };

struct TopicQuestion {
  std::string name;
  bool quarantine = false;  // what is no event may stand in it
  bool read = false;        // whether the right to read it is asked for
};

struct InspectedTopic {
  TopicState state;
  Right write = Right::unknown;
  Right read = Right::unknown;
  bool can_be_made = false;                   // it is missing, and Kafka would make it as it is wanted
  std::map<std::string, std::string> config;  // all of its settings; empty where they could not be read
};

/// Asks Kafka about these, for at most `patience` until it answers at all, and some seconds for each kind of question.
/// The error: it can't be reached, and why.
///
/// Whether records may be written is found out by one that Kafka refuses after it has looked at the right: with an
/// `acks` that there is not (KafkaApis.handleProduceRequest, ReplicaManager.appendRecords). A broker that takes it all
/// the same would have a record without a value; so the first goes to a quarantine topic, and only where it was refused
/// do the others follow.
[[nodiscard]] Result<std::vector<InspectedTopic>> inspect(const ProducerOptions& kafka, const TopicOptions& options,
                                                          const std::vector<TopicQuestion>& questions,
                                                          Duration patience);

}  // namespace hookferry::kafka
