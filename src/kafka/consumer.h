// Reads topics back: for the demo, for `tail`, and for tests. Needs no consumer group.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"
#include "kafka/producer.h"

namespace hookferry::kafka {

struct ConsumedRecord {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  std::optional<WallTime> timestamp;  // to the millisecond; absent where the broker keeps none (the embedded one)
  std::string key;
  std::string value;
  bool null_key = false;
  bool null_value = false;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The simple consumer (no group) on every partition of some topics. Not thread-safe.
class Consumer {
 public:
  enum class From { beginning, end, time };

  /// How a reader that stays reads.
  struct Following {
    From from = From::end;
    WallTime time{};                                // with From::time: the records from then on
    Duration patience = std::chrono::seconds(10);   // for Kafka to be reached at the start
    Duration look_again = std::chrono::seconds(5);  // for partitions and topics that are new, inside `next`
  };

  /// Every topic must be there within `metadata_timeout`. `from` is not `time`.
  static Result<std::unique_ptr<Consumer>> open(const ProducerOptions& kafka, const std::vector<std::string>& topics,
                                                From from, Duration metadata_timeout);
  /// Kafka must be there, and at least one topic not refused. A topic or partition that comes later is read from its
  /// beginning, since all of it is newer than the start.
  static Result<std::unique_ptr<Consumer>> follow(const ProducerOptions& kafka, const std::vector<std::string>& topics,
                                                  const Following& following);
  ~Consumer();

  /// The next record of any partition, or nullopt after `wait`.
  [[nodiscard]] std::optional<ConsumedRecord> next(Duration wait);
  /// What went wrong since this was last asked (a topic that is missing, brokers that are away), each once until it has
  /// passed. Reading goes on by itself.
  [[nodiscard]] std::vector<std::string> take_problems();

 private:
  struct State;
  explicit Consumer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
