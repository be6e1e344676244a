#include "kafka/topic_answers.h"

#include <charconv>
#include <map>
#include <optional>

#include "kafka/topic_problems.h"

namespace hookferry::kafka {
namespace {

template <class Number>
std::optional<Number> number_in(const std::map<std::string, std::string>& config, const std::string& name) {
  const auto entry = config.find(name);
  if (entry == config.end()) return std::nullopt;
  Number value{};
  const char* const end = entry->second.data() + entry->second.size();
  if (std::from_chars(entry->second.data(), end, value).ptr != end) return std::nullopt;
  return value;
}

}  // namespace

void take_metadata(const std::string& name, const TopicMetadata& answer, TopicState& topic) {
  topic.problem.clear();
  topic.partitions = answer.partitions;
  topic.replication_factor = answer.replication_factor;
  switch (answer.error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      topic.kind = TopicState::Kind::present;
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      topic.kind = TopicState::Kind::not_authorized;
      topic.problem = metadata_problem(name, answer.error);
      break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      topic.kind = TopicState::Kind::missing;
      topic.problem = missing_problem(name);
      break;
    default:
      // It may be there (a leader is being elected) or not (its name is not allowed).
      topic.kind = answer.partitions > 0 ? TopicState::Kind::present : TopicState::Kind::missing;
      topic.problem = metadata_problem(name, answer.error);
  }
}

void take_description(const std::string& name, const AdminAnswer& answer, TopicState& topic) {
  if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (const auto bytes = number_in<std::size_t>(answer.config, "max.message.bytes")) {
      topic.max_message_bytes = *bytes;
      topic.max_message_bytes_known = true;
    }
    topic.min_insync_replicas = number_in<int>(answer.config, "min.insync.replicas").value_or(0);
  } else if (answer.error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && !topic.max_message_bytes_known &&
             topic.problem.empty()) {
    topic.problem = description_problem(name, answer.error, answer.text);
  }
}

}  // namespace hookferry::kafka
