// What is wrong with the tail, for people: what happened, what it means, and what to do. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "kafka/handles.h"

namespace hookferry::kafka {

/// Whether only somebody who grants a right can help.
[[nodiscard]] bool lacks_right(rd_kafka_resp_err_t error) noexcept;
/// A topic can't be read.
[[nodiscard]] std::string unreadable_problem(std::string_view topic, rd_kafka_resp_err_t error);
/// A partition has records, and they don't come.
[[nodiscard]] std::string stuck_problem(std::string_view topic, std::int32_t partition);
/// Kafka does not answer the tail.
[[nodiscard]] std::string tail_away_problem(std::string_view servers, std::string_view reason);

}  // namespace hookferry::kafka
