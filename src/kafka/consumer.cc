#include "kafka/consumer.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "kafka/consumer_state.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;

/// How long the leaders of topics that were just made may be unknown at the start.
constexpr Duration settling = std::chrono::seconds(2);

std::string text_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

std::optional<WallTime> time_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type{};
  const std::int64_t since_epoch = rd_kafka_message_timestamp(&message, &type);
  if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || since_epoch <= 0) return std::nullopt;
  return WallTime(milliseconds(since_epoch));
}

ConsumedRecord record_of(const rd_kafka_message_t& message) {
  ConsumedRecord record{.topic = rd_kafka_topic_name(message.rkt),
                        .partition = message.partition,
                        .offset = message.offset,
                        .timestamp = time_of(message),
                        .key = text_of(message.key, message.key_len),
                        .value = text_of(message.payload, message.len),
                        .null_key = message.key == nullptr,
                        .null_value = message.payload == nullptr,
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

Consumer::Consumer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Consumer::~Consumer() = default;

Result<std::unique_ptr<Consumer>> Consumer::open(const ProducerOptions& kafka, const std::vector<std::string>& topics,
                                                 From from, Duration metadata_timeout) {
  auto state = State::make(kafka);
  if (!state) return state.error();
  const Deadline deadline = std::chrono::steady_clock::now() + metadata_timeout;
  for (const std::string& topic : topics) {
    if (auto subscribed = (*state)->subscribe(topic, from, deadline); !subscribed) return subscribed.error();
  }
  return std::unique_ptr<Consumer>(new Consumer(std::move(*state)));
}

Result<std::unique_ptr<Consumer>> Consumer::follow(const ProducerOptions& kafka, const std::vector<std::string>& topics,
                                                   const Following& following) {
  auto made = State::make(kafka);
  if (!made) return made.error();
  State& state = **made;
  state.following = following;
  for (const std::string& topic : topics) {
    if (const auto added = state.add(topic); !added) return added.error();
  }
  const Deadline deadline = std::chrono::steady_clock::now() + following.patience;
  std::optional<Deadline> reached;
  for (;;) {
    const rd_kafka_resp_err_t failure = state.look(deadline);
    const Deadline now = std::chrono::steady_clock::now();
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!reached) reached = now;
      if (state.unplaced == 0 || now >= *reached + settling) break;
    } else if (now >= deadline) {
      const std::string& why = state.observer.last_error;
      return error(cat("Kafka can't be reached at ", kafka.bootstrap_servers, ": ",
                       why.empty() ? rd_kafka_err2str(failure) : printable(why)));
    }
    state.problems.clear();
    state.news.clear();
    rd_kafka_poll(state.client.get(), std::min(100, until(deadline)));
  }
  if (state.all_refused()) return error(state.news.front());
  return std::unique_ptr<Consumer>(new Consumer(std::move(*made)));
}

std::optional<ConsumedRecord> Consumer::next(Duration wait) {
  const Deadline deadline = std::chrono::steady_clock::now() + wait;
  do {
    rd_kafka_poll(state_->client.get(), 0);
    state_->look_again();
    const MessageHandle message(rd_kafka_consume_queue(state_->queue.get(), until(deadline)));
    if (!message || message->rkt == nullptr) continue;
    const std::string topic = rd_kafka_topic_name(message->rkt);
    const std::string key = cat(topic, " ");
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      state_->problems.erase(key);
      return record_of(*message);
    }
    // Errors come as messages too (a broker went away, a leader moved): librdkafka goes on by itself.
    state_->problem(key, cat("topic ", topic, " can't be read: ", rd_kafka_err2str(message->err)));
  } while (std::chrono::steady_clock::now() < deadline);
  return std::nullopt;
}

std::vector<std::string> Consumer::take_problems() {
  return std::exchange(state_->news, {});
}

}  // namespace hookferry::kafka
