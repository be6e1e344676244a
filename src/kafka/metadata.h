// Asks Kafka for a topic. Private to this room.
#pragma once

#include <algorithm>
#include <chrono>

#include "kafka/handles.h"

namespace hookferry::kafka {

/// Kafka's word on a topic.
struct TopicMetadata {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  int partitions = 0;
  int leaderless = 0;          // partitions without a leader
  int replication_factor = 0;  // the smallest of its partitions'
  [[nodiscard]] bool usable() const noexcept { return error == RD_KAFKA_RESP_ERR_NO_ERROR && partitions > 0; }
};

/// How long a question may take. librdkafka's call for metadata blocks and can't be called off, so it begins short, for
/// the sake of whoever waits for the asking thread to end, and grows only where Kafka is there but slow.
class Patience {
 public:
  [[nodiscard]] int milliseconds() const noexcept { return milliseconds_; }
  [[nodiscard]] bool at_its_end() const noexcept { return milliseconds_ == longest; }
  void grow() noexcept { milliseconds_ = std::min(2 * milliseconds_, longest); }

 private:
  static constexpr int shortest = 250;
  static constexpr int longest = 4000;
  int milliseconds_ = shortest;
};

/// Asks about one topic; the client that `topic` belongs to then knows the answer as well. The error of the result is
/// not of the topic: Kafka can't be reached, or did not answer in time (then `patience` grows).
[[nodiscard]] rd_kafka_resp_err_t ask_topic(rd_kafka_t* client, rd_kafka_topic_t* topic, Patience& patience,
                                            TopicMetadata& answer);

/// Pauses between tries: doubled from `first` to `longest`.
class BackOff {
 public:
  BackOff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), next_(first) {}
  [[nodiscard]] std::chrono::milliseconds next() noexcept {
    const auto pause = next_;
    next_ = std::min(2 * next_, longest_);
    return pause;
  }
  void reset() noexcept { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds next_;
};

}  // namespace hookferry::kafka
