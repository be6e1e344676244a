// What a Consumer reads, and how far it got. Private to this room.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/handles.h"
#include "kafka/metadata.h"

namespace hookferry::kafka {

using Deadline = std::chrono::steady_clock::time_point;

/// Milliseconds until then, for librdkafka; not below 0.
[[nodiscard]] int until(Deadline deadline);

/// librdkafka tries again by itself; what could not be done at open is in that result.
class Quiet final : public ClientObserver {
 public:
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t, const char* text) noexcept override { last_error = text; }
  std::string last_error;
};

struct Subscription {
  std::string name;
  TopicHandle topic;
  std::set<std::int32_t> started;  // partitions
  /// How many partitions there were at the start; those are read from where the reader begins, later ones from their
  /// own beginning.
  std::int32_t initial = std::numeric_limits<std::int32_t>::max();
};

/// A partition to be read from an offset on.
struct Start {
  Subscription* subscription = nullptr;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

struct Consumer::State {
  Quiet observer;
  ClientHandle client;
  QueueHandle queue;
  std::vector<Subscription> subscriptions;

  std::optional<Following> following;
  Patience look_patience;
  Deadline next_look;
  std::map<std::string, std::string> problems;  // by topic; "": of Kafka; "TOPIC ": of reading it
  std::vector<std::string> news;
  std::size_t unplaced = 0;  // partitions of the last look whose offset could not be found

  static Result<std::unique_ptr<State>> make(const ProducerOptions& kafka);
  ~State();
  Result<int> partitions_of(rd_kafka_topic_t* topic, Deadline deadline);
  Result<std::int64_t> end_of(const std::string& topic, std::int32_t partition, Deadline deadline);
  Result<std::int64_t> offset_at(const std::string& topic, std::int32_t partition, WallTime time, Deadline deadline);
  Result<std::int64_t> first_offset(const std::string& topic, std::int32_t partition, From from, Deadline deadline);
  Result<Subscription*> add(const std::string& name);
  Result<void> start(Subscription& subscription, std::int32_t partition, std::int64_t offset);
  Result<void> subscribe(const std::string& name, From from, Deadline deadline);

  rd_kafka_resp_err_t look(Deadline deadline);
  void place_topic(const rd_kafka_metadata_topic& answer, Deadline deadline, std::vector<Start>& starts);
  void look_again();
  [[nodiscard]] bool all_refused() const;
  void problem(const std::string& key, std::string text);
};

}  // namespace hookferry::kafka
