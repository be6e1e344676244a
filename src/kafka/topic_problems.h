// What is wrong with a topic, for people: what happened, and what to do. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "kafka/handles.h"
#include "kafka/topics.h"

namespace hookferry::kafka {

/// Metadata could not be had from Kafka at all.
[[nodiscard]] std::string unreachable_problem(std::string_view servers, std::string_view reason);
/// Metadata says something else than that the topic is there.
[[nodiscard]] std::string metadata_problem(std::string_view topic, rd_kafka_resp_err_t error);
/// Missing, and hookferry may not create it.
[[nodiscard]] std::string missing_problem(std::string_view topic);
/// Missing, and creating it failed. `words` are Kafka's own.
[[nodiscard]] std::string creation_problem(std::string_view topic, rd_kafka_resp_err_t error, std::string_view words,
                                           const TopicOptions& options);
/// There, but not described.
[[nodiscard]] std::string description_problem(std::string_view topic, rd_kafka_resp_err_t error,
                                              std::string_view words);

}  // namespace hookferry::kafka
