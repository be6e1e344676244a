#include "kafka/topic_problems.h"

#include "base/text.h"

namespace hookferry::kafka {
namespace {

/// Kafka's own words where it has any, else librdkafka's for the error.
std::string in_words(rd_kafka_resp_err_t error, std::string_view words) {
  if (words.ends_with('.')) words.remove_suffix(1);
  return words.empty() ? std::string(rd_kafka_err2str(error)) : printable(words, 300);
}

}  // namespace

std::string unreachable_problem(std::string_view servers, std::string_view reason) {
  return cat("Kafka at ", printable(servers), " can't be reached: ", printable(reason, 300),
             ": check kafka.bootstrap_servers, and kafka.properties for how to log in");
}

std::string metadata_problem(std::string_view topic, rd_kafka_resp_err_t error) {
  if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    return cat("no right to see topic ", topic,
               ": grant DESCRIBE and WRITE on it to the principal that hookferry logs in as");
  }
  if (error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
    return cat("Kafka does not allow '", printable(topic), "' as the name of a topic: change kafka.topic");
  }
  return cat("topic ", topic, " can't be used now: ", rd_kafka_err2str(error));
}

std::string missing_problem(std::string_view topic) {
  return cat("topic ", topic, " does not exist: create it, or set kafka.create_topics.enabled to true");
}

std::string creation_problem(std::string_view topic, rd_kafka_resp_err_t error, std::string_view words,
                             const TopicOptions& options) {
  const std::string failed = cat("topic ", topic, " can't be created: ");
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return cat(failed,
                 "no right to: grant CREATE on it to the principal that hookferry logs in as, or create it yourself ",
                 "and set kafka.create_topics.enabled to false");
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return cat(failed, in_words(error, words), ": kafka.create_topics.replication_factor is ",
                 options.replication_factor, ", and can't be more than there are brokers");
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
      return cat(failed, in_words(error, words), ": kafka.create_topics.partitions is ", options.partitions);
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
      return cat(failed, in_words(error, words), ": correct kafka.create_topics.config");
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return cat(failed, "the cluster's policy forbids it: ", in_words(error, words),
                 ": change kafka.create_topics, or create it yourself");
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return cat(failed, in_words(error, words), ": change kafka.topic");
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      return cat(failed,
                 "the broker is too old for it: create it yourself and set kafka.create_topics.enabled to false");
    default:
      return cat(failed, in_words(error, words), ": tried again; or create it yourself");
  }
}

std::string description_problem(std::string_view topic, rd_kafka_resp_err_t error, std::string_view words) {
  const std::string assumed = cat("until then its max.message.bytes is taken to be ", TopicState().max_message_bytes,
                                  ", its durability unknown");
  if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
      error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
    return cat("no right to read the settings of topic ", topic,
               ": grant DESCRIBE_CONFIGS on it to the principal that hookferry logs in as; ", assumed);
  }
  return cat("the settings of topic ", topic, " can't be read: ", in_words(error, words), "; ", assumed);
}

}  // namespace hookferry::kafka
