#include "kafka/tail_client.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "kafka/configuration.h"
#include "kafka/seen_record.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;

/// How long nothing is asked for when the queue is full, even when it is empty a moment later: a second, if nobody says
/// otherwise, and always with librdkafka before 2.2, which has no such property. So the queue, which is one for all
/// partitions, takes several answers: as long as it is read at once, it is never full.
constexpr const char* rest_at_full_queue = "fetch.queue.backoff.ms";

constexpr std::size_t largest_answer = 524288;
constexpr std::chrono::microseconds longest_rest{50000};
constexpr std::int16_t fetch_request = 1;

/// librdkafka asks its interceptors not to block, for the sake of what else its thread has to do: this one has the
/// tail's connection to one broker, on which nothing else is urgent, and what came is handed on after the rest.
rd_kafka_resp_err_t rest_after_answer(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t request, std::int16_t,
                                      std::int32_t, std::size_t size, std::int64_t, rd_kafka_resp_err_t error, void*) {
  if (request == fetch_request && error == RD_KAFKA_RESP_ERR_NO_ERROR) std::this_thread::sleep_for(rest_after(size));
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t add_rests(rd_kafka_t* client, const rd_kafka_conf_t*, void*, char*, std::size_t) {
  return rd_kafka_interceptor_add_on_response_received(client, "rests", rest_after_answer, nullptr);
}

Result<ConfigurationHandle> tail_configuration(const ProducerOptions& kafka) {
  auto configuration = common_configuration(kafka);
  if (!configuration) return configuration;
  const std::string largest = std::to_string(largest_answer);
  const Properties own{{"enable.partition.eof", "true"},  // a gap at the end (compaction, a transaction) hangs nobody
                       {"isolation.level", "read_uncommitted"},
                       {"auto.offset.reset", "earliest"},  // what was asked for is gone: what is there
                       {"queued.max.messages.kbytes", "2048"},
                       {"fetch.message.max.bytes", largest},        // a partition and answer
                       {"message.max.bytes", largest},              // what is below must not be less
                       {"fetch.max.bytes", largest},                // an answer; 50 MiB by default
                       {"receive.message.max.bytes", "100000000"},  // a record may be larger than all of these
                       {"fetch.wait.max.ms", "0"},                  // `rest_after` instead
                       {"fetch.error.backoff.ms", "200"}};
  if (auto set = set_properties(configuration->get(), own); !set) return set.error();
  (void)set_property(configuration->get(), rest_at_full_queue, "2");
  const rd_kafka_resp_err_t added =
      rd_kafka_conf_interceptor_add_on_new(configuration->get(), "rests", add_rests, nullptr);
  HOOKFERRY_CHECK(added == RD_KAFKA_RESP_ERR_NO_ERROR);  // it fails only for a name that was added before
  return configuration;
}

class SimpleConsumer final : public TailClient, private ClientObserver {
 public:
  static Result<std::unique_ptr<TailClient>> make(const ProducerOptions& kafka) {
    auto configuration = tail_configuration(kafka);
    if (!configuration) return configuration.error();
    auto consumer = std::make_unique<SimpleConsumer>();
    auto client = make_client(RD_KAFKA_CONSUMER, std::move(*configuration), *consumer, kafka.tokens);
    if (!client) return client.error();
    consumer->client_ = std::move(*client);
    consumer->queue_.reset(rd_kafka_queue_new(consumer->client_.get()));
    return std::unique_ptr<TailClient>(std::move(consumer));
  }

  Result<void> set_topics(const TopicSet& topics) override {
    topics_.resize(topics.names.size());
    for (std::size_t i = 0; i < topics.names.size(); ++i) {
      if (!topics.used[i]) topics_[i].reset();
      if (!topics.used[i] || topics_[i] != nullptr) continue;
      // With the topic's place as what records lead back to.
      rd_kafka_topic_conf_t* const configuration = rd_kafka_default_topic_conf_dup(client_.get());
      rd_kafka_topic_conf_set_opaque(configuration, reinterpret_cast<void*>(i));
      topics_[i].reset(rd_kafka_topic_new(client_.get(), topics.names[i].c_str(), configuration));
      if (topics_[i] == nullptr) {
        rd_kafka_topic_conf_destroy(configuration);
        return error(cat("'", printable(topics.names[i]), "' can't be the name of a Kafka topic: change kafka.topic"));
      }
    }
    return {};
  }

  rd_kafka_resp_err_t look(milliseconds limit, std::vector<TopicAnswer>& answers) override {
    rd_kafka_poll(client_.get(), 0);
    const struct rd_kafka_metadata* raw = nullptr;
    const rd_kafka_resp_err_t failure =
        rd_kafka_metadata(client_.get(), 0, nullptr, &raw, static_cast<int>(limit.count()));
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) return failure;
    const MetadataHandle metadata(raw);
    last_error_.clear();
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      const rd_kafka_metadata_topic& topic = metadata->topics[i];
      if (const auto place = place_of(topic.topic)) answers.push_back(answer_of(*place, topic));
    }
    return failure;
  }

  rd_kafka_resp_err_t find(milliseconds limit, std::vector<OffsetQuestion>& questions) override {
    const PartitionListHandle asked(rd_kafka_topic_partition_list_new(static_cast<int>(questions.size())));
    for (const OffsetQuestion& question : questions) {
      rd_kafka_topic_partition_list_add(asked.get(), name_of(question.of), question.of.partition)->offset =
          question.time ? std::chrono::duration_cast<milliseconds>(question.time->time_since_epoch()).count()
                        : std::int64_t{RD_KAFKA_OFFSET_END};
    }
    const rd_kafka_resp_err_t failure =
        rd_kafka_offsets_for_times(client_.get(), asked.get(), static_cast<int>(limit.count()));
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) return failure;
    for (OffsetQuestion& question : questions) {
      const rd_kafka_topic_partition_t* const element =
          rd_kafka_topic_partition_list_find(asked.get(), name_of(question.of), question.of.partition);
      take_answer(*element, question);
    }
    return failure;
  }

  void start(TopicPartition of, std::int64_t offset) override {
    // It fails only for offsets and partitions that there can't be.
    (void)rd_kafka_consume_start_queue(topics_[of.topic].get(), of.partition, offset, queue_.get());
  }
  void stop(TopicPartition of) override { (void)rd_kafka_consume_stop(topics_[of.topic].get(), of.partition); }

  void read(milliseconds wait, TailReader& reader) override {
    rd_kafka_poll(client_.get(), 0);
    rd_kafka_consume_callback_queue(queue_.get(), static_cast<int>(wait.count()), on_message, &reader);
  }

  std::string last_error() const override { return last_error_; }
  void set_credentials(const Credentials& credentials) noexcept override {
    kafka::set_credentials(client_.get(), credentials);
  }

 private:
  std::optional<std::size_t> place_of(std::string_view name) const {
    for (std::size_t i = 0; i < topics_.size(); ++i) {
      if (topics_[i] != nullptr && name == rd_kafka_topic_name(topics_[i].get())) return i;
    }
    return std::nullopt;
  }
  const char* name_of(TopicPartition of) const { return rd_kafka_topic_name(topics_[of.topic].get()); }

  static TopicAnswer answer_of(std::size_t place, const rd_kafka_metadata_topic& topic) {
    TopicAnswer answer{place, topic.err, topic.partition_cnt, {}};
    for (int i = 0; i < topic.partition_cnt; ++i) {
      if (topic.partitions[i].leader < 0) answer.leaderless.push_back(topic.partitions[i].id);
    }
    return answer;
  }

  static void on_message(rd_kafka_message_t* message, void* opaque) {
    auto& reader = *static_cast<TailReader*>(opaque);
    if (message->rkt == nullptr) return;
    const TopicPartition of{reinterpret_cast<std::size_t>(rd_kafka_topic_opaque(message->rkt)), message->partition};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      reader.record(of, message->offset, time_of(*message), headers_of(*message));
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      reader.end(of, message->offset);
    } else {
      reader.failed(of, message->err);
    }
  }

  static std::optional<WallTime> time_of(const rd_kafka_message_t& message) {
    rd_kafka_timestamp_type_t type{};
    const std::int64_t since_epoch = rd_kafka_message_timestamp(&message, &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || since_epoch <= 0) return std::nullopt;
    return WallTime(milliseconds(since_epoch));
  }

  static SightingFeed::Headers headers_of(const rd_kafka_message_t& message) {
    SightingFeed::Headers found;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      if (value == nullptr) continue;
      const std::string_view text(static_cast<const char*>(value), size);
      if (name == dedupe_header) found.dedupe = text;
      if (name == id_header) found.id = text;
    }
    return found;
  }

  // The producer's lines, which connects to the same brokers, are shown.
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t error, const char* text) noexcept override {
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) last_error_ = text;
  }

  std::string last_error_;
  ClientHandle client_;
  QueueHandle queue_;
  std::vector<TopicHandle> topics_;
};

}  // namespace

Result<std::unique_ptr<TailClient>> make_tail_client(const ProducerOptions& kafka) {
  return SimpleConsumer::make(kafka);
}

std::chrono::microseconds rest_after(std::size_t answer) noexcept {
  const std::size_t left = largest_answer - std::min(answer, largest_answer);
  return longest_rest * left / largest_answer;
}

void take_answer(const rd_kafka_topic_partition_t& element, OffsetQuestion& question) noexcept {
  question.error = element.err;
  question.offset = element.err == RD_KAFKA_RESP_ERR_NO_ERROR ? element.offset : -1;
  if (question.offset < 0) question.offset = -1;
}

}  // namespace hookferry::kafka
