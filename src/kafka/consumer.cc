#include "kafka/consumer.h"

#include <algorithm>

#include "base/text.h"
#include "kafka/configuration.h"
#include "kafka/metadata.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;

/// librdkafka tries again by itself; what could not be done at open is in that result.
class Quiet final : public ClientObserver {
 public:
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t, const char* text) noexcept override { last_error = text; }
  std::string last_error;
};

struct Subscription {
  TopicHandle topic;
  std::vector<std::int32_t> started;  // partitions
};

int until(Deadline deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

Result<ConfigurationHandle> consumer_configuration(const ProducerOptions& kafka) {
  auto configuration = common_configuration(kafka);
  if (!configuration) return configuration;
  const Properties own{{"queued.max.messages.kbytes", "1024"},  // a partition; 64 MiB by default
                       {"fetch.wait.max.ms", "100"},
                       {"fetch.error.backoff.ms", "100"},
                       {"auto.offset.reset", "earliest"}};  // what was kept is gone: the oldest that is there
  for (const auto& [name, value] : own) {
    if (auto set = set_property(configuration->get(), name, value); !set) return set.error();
  }
  return configuration;
}

std::string text_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

ConsumedRecord record_of(const rd_kafka_message_t& message) {
  ConsumedRecord record{.topic = rd_kafka_topic_name(message.rkt),
                        .partition = message.partition,
                        .offset = message.offset,
                        .key = text_of(message.key, message.key_len),
                        .value = text_of(message.payload, message.len),
                        .headers = {}};
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(name, text_of(value, size));
  }
  return record;
}

}  // namespace

struct Consumer::State {
  Quiet observer;
  ClientHandle client;
  QueueHandle queue;
  std::vector<Subscription> subscriptions;

  ~State();
  Result<int> partitions_of(rd_kafka_topic_t* topic, Deadline deadline);
  Result<std::int64_t> first_offset(const std::string& topic, std::int32_t partition, From from, Deadline deadline);
  Result<void> subscribe(const std::string& name, From from, Deadline deadline);
};

Consumer::State::~State() {
  for (const Subscription& subscription : subscriptions) {
    for (const std::int32_t partition : subscription.started) {
      rd_kafka_consume_stop(subscription.topic.get(), partition);
    }
  }
}

/// Tries until the deadline: a topic may be just made, Kafka just starting.
Result<int> Consumer::State::partitions_of(rd_kafka_topic_t* topic, Deadline deadline) {
  Patience patience;
  for (;;) {
    TopicMetadata answer;
    const rd_kafka_resp_err_t failure = ask_topic(client.get(), topic, patience, answer);
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR && answer.usable() && answer.leaderless == 0) return answer.partitions;
    if (std::chrono::steady_clock::now() >= deadline) {
      const rd_kafka_resp_err_t reason = failure != RD_KAFKA_RESP_ERR_NO_ERROR ? failure : answer.error;
      return error(cat("topic ", rd_kafka_topic_name(topic), " can't be read: ", rd_kafka_err2str(reason),
                       observer.last_error.empty() ? "" : ": ", printable(observer.last_error),
                       " (see kafka.bootstrap_servers)"));
    }
    rd_kafka_poll(client.get(), std::min(100, until(deadline)));
  }
}

/// The end is looked up here, so that what is published after `open` is read for certain.
Result<std::int64_t> Consumer::State::first_offset(const std::string& topic, std::int32_t partition, From from,
                                                   Deadline deadline) {
  if (from == From::beginning) return RD_KAFKA_OFFSET_BEGINNING;
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t failure = rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &low,
                                                                       &high, std::max(until(deadline), 1000));
  if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error(cat("the end of topic ", topic, " can't be read: ", rd_kafka_err2str(failure)));
  }
  return high;
}

Result<void> Consumer::State::subscribe(const std::string& name, From from, Deadline deadline) {
  subscriptions.emplace_back();
  Subscription& subscription = subscriptions.back();
  subscription.topic.reset(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  if (!subscription.topic) return error(cat("'", printable(name), "' can't be the name of a Kafka topic"));
  const auto partitions = partitions_of(subscription.topic.get(), deadline);
  if (!partitions) return partitions.error();
  for (std::int32_t partition = 0; partition < *partitions; ++partition) {
    const auto offset = first_offset(name, partition, from, deadline);
    if (!offset) return offset.error();
    if (rd_kafka_consume_start_queue(subscription.topic.get(), partition, *offset, queue.get()) != 0) {
      return error(cat("topic ", name, " can't be read: ", rd_kafka_err2str(rd_kafka_last_error())));
    }
    subscription.started.push_back(partition);
  }
  return {};
}

Consumer::Consumer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Consumer::~Consumer() = default;

Result<std::unique_ptr<Consumer>> Consumer::open(const ProducerOptions& kafka, std::vector<std::string> topics,
                                                 From from, Duration metadata_timeout) {
  auto configuration = consumer_configuration(kafka);
  if (!configuration) return configuration.error();
  auto state = std::make_unique<State>();
  auto client = make_client(RD_KAFKA_CONSUMER, std::move(*configuration), state->observer);
  if (!client) return client.error();
  state->client = std::move(*client);
  state->queue.reset(rd_kafka_queue_new(state->client.get()));
  const Deadline deadline = std::chrono::steady_clock::now() + metadata_timeout;
  for (const std::string& topic : topics) {
    if (auto subscribed = state->subscribe(topic, from, deadline); !subscribed) return subscribed.error();
  }
  return std::unique_ptr<Consumer>(new Consumer(std::move(state)));
}

std::optional<ConsumedRecord> Consumer::next(Duration wait) {
  const Deadline deadline = std::chrono::steady_clock::now() + wait;
  do {
    rd_kafka_poll(state_->client.get(), 0);
    const MessageHandle message(rd_kafka_consume_queue(state_->queue.get(), until(deadline)));
    // Errors come as messages too (a broker went away, a leader moved): librdkafka goes on by itself.
    if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return record_of(*message);
  } while (std::chrono::steady_clock::now() < deadline);
  return std::nullopt;
}

}  // namespace hookferry::kafka
