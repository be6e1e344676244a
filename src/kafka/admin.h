// Creating and describing topics: librdkafka's admin calls, one at a time. Private to this room.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "kafka/handles.h"
#include "kafka/topics.h"

namespace hookferry::kafka {

/// Kafka's answer for one topic. `error` is also set where the whole request failed.
struct AdminAnswer {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text;                           // Kafka's own words
  std::map<std::string, std::string> config;  // of a description
};
/// By topic name; every topic asked for has an answer.
using AdminAnswers = std::map<std::string, AdminAnswer>;

/// Whether topics are made, or Kafka says only whether it would.
enum class Creation { wanted, only_tried };

/// Blocks until the answer, `timeout`, or `stopping`.
[[nodiscard]] AdminAnswers create_topics(rd_kafka_t* client, const std::vector<std::string>& names,
                                         const TopicOptions& options, std::chrono::milliseconds timeout,
                                         const std::atomic<bool>& stopping, Creation creation = Creation::wanted);
[[nodiscard]] AdminAnswers describe_topics(rd_kafka_t* client, const std::vector<std::string>& names,
                                           std::chrono::milliseconds timeout, const std::atomic<bool>& stopping);

}  // namespace hookferry::kafka
