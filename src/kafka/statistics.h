// What hookferry reads of librdkafka's statistics. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kafka/producer.h"

namespace hookferry::kafka {

struct Statistics {
  std::vector<BrokerState> brokers;  // those that Kafka named, by id; not the bootstrap addresses
  bool connected = false;            // to at least one broker or bootstrap address
  std::uint64_t retries = 0;         // requests sent again since the client was made, all brokers together
};

/// Reads the JSON of librdkafka's STATISTICS.md up to the end of its "brokers"; nullopt when it is not that. What
/// follows is not read: it is long, and librdkafka does not escape all of its texts.
[[nodiscard]] std::optional<Statistics> read_statistics(std::string_view json);

}  // namespace hookferry::kafka
