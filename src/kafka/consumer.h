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
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The simple consumer (no group) on every partition of some topics. Not thread-safe.
class Consumer {
 public:
  enum class From { beginning, end };
  static Result<std::unique_ptr<Consumer>> open(const ProducerOptions& kafka, std::vector<std::string> topics,
                                                From from, Duration metadata_timeout);
  ~Consumer();
  /// The next record of any partition, or nullopt after `wait`.
  [[nodiscard]] std::optional<ConsumedRecord> next(Duration wait);

 private:
  struct State;
  explicit Consumer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
