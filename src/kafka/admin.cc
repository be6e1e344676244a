#include "kafka/admin.h"

#include <array>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;

AdminAnswers same_for_all(const std::vector<std::string>& names, rd_kafka_resp_err_t error, const char* text) {
  AdminAnswers answers;
  for (const std::string& name : names) {
    answers[name] = AdminAnswer{error, text == nullptr ? rd_kafka_err2str(error) : text, {}};
  }
  return answers;
}

AdminOptionsHandle options_for(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds timeout) {
  AdminOptionsHandle options(rd_kafka_AdminOptions_new(client, operation));
  std::array<char, 200> reason{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(timeout.count()), reason.data(),
                                            reason.size());
  return options;
}

/// The request's result, or null after `timeout` or when stopping: what comes later is dropped with the queue.
EventHandle await(rd_kafka_queue_t* queue, milliseconds timeout, const std::atomic<bool>& stopping) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!stopping && std::chrono::steady_clock::now() < end) {
    if (EventHandle event(rd_kafka_queue_poll(queue, 100)); event) return event;
  }
  return nullptr;
}

NewTopicHandle new_topic(const std::string& name, const TopicOptions& options, std::string& problem) {
  std::array<char, 300> reason{};
  NewTopicHandle topic(rd_kafka_NewTopic_new(name.c_str(), options.partitions, options.replication_factor,
                                             reason.data(), reason.size()));
  if (!topic) {
    problem = reason.data();
    return topic;
  }
  for (const auto& [key, value] : options.config) {
    rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
  }
  return topic;
}

void read_creations(rd_kafka_event_t* event, AdminAnswers& answers) {
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    AdminAnswer& answer = answers[rd_kafka_topic_result_name(results[i])];
    answer.error = rd_kafka_topic_result_error(results[i]);
    const char* const text = rd_kafka_topic_result_error_string(results[i]);
    answer.text = text == nullptr ? "" : text;
  }
}

void read_descriptions(rd_kafka_event_t* event, AdminAnswers& answers) {
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** const resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    AdminAnswer& answer = answers[rd_kafka_ConfigResource_name(resources[i])];
    answer.error = rd_kafka_ConfigResource_error(resources[i]);
    const char* const text = rd_kafka_ConfigResource_error_string(resources[i]);
    answer.text = text == nullptr ? "" : text;
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** const entry = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (std::size_t j = 0; j < entries; ++j) {
      const char* const value = rd_kafka_ConfigEntry_value(entry[j]);
      if (value != nullptr) answer.config[rd_kafka_ConfigEntry_name(entry[j])] = value;
    }
  }
}

AdminAnswers take_answers(const EventHandle& event, const std::vector<std::string>& names,
                          void (*read)(rd_kafka_event_t*, AdminAnswers&)) {
  if (!event) return same_for_all(names, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return same_for_all(names, rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
  }
  AdminAnswers answers = same_for_all(names, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  read(event.get(), answers);
  return answers;
}

}  // namespace

AdminAnswers create_topics(rd_kafka_t* client, const std::vector<std::string>& names, const TopicOptions& options,
                           milliseconds timeout, const std::atomic<bool>& stopping, Creation creation) {
  std::vector<NewTopicHandle> owned;
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const std::string& name : names) {
    std::string problem;
    owned.push_back(new_topic(name, options, problem));
    // What librdkafka refuses here are numbers and names, the same for all of them.
    if (!owned.back()) return same_for_all(names, RD_KAFKA_RESP_ERR__INVALID_ARG, problem.c_str());
    topics.push_back(owned.back().get());
  }
  const QueueHandle queue(rd_kafka_queue_new(client));
  const auto admin_options = options_for(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  std::array<char, 200> reason{};
  rd_kafka_AdminOptions_set_validate_only(admin_options.get(), creation == Creation::only_tried ? 1 : 0, reason.data(),
                                          reason.size());
  rd_kafka_CreateTopics(client, topics.data(), topics.size(), admin_options.get(), queue.get());
  return take_answers(await(queue.get(), timeout, stopping), names, read_creations);
}

AdminAnswers describe_topics(rd_kafka_t* client, const std::vector<std::string>& names, milliseconds timeout,
                             const std::atomic<bool>& stopping) {
  std::vector<ConfigResourceHandle> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const std::string& name : names) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    if (!owned.back()) return same_for_all(names, RD_KAFKA_RESP_ERR__INVALID_ARG, nullptr);
    resources.push_back(owned.back().get());
  }
  const QueueHandle queue(rd_kafka_queue_new(client));
  const auto admin_options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  rd_kafka_DescribeConfigs(client, resources.data(), resources.size(), admin_options.get(), queue.get());
  return take_answers(await(queue.get(), timeout, stopping), names, read_descriptions);
}

}  // namespace hookferry::kafka
