// One producing client of librdkafka and its topic handles. Private to this room.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/append_only.h"
#include "base/result.h"
#include "hookferry/publisher.h"
#include "kafka/first_records.h"
#include "kafka/handles.h"
#include "kafka/metadata.h"
#include "kafka/producer.h"
#include "kafka/statistics.h"

namespace hookferry::kafka {

/// Thread-safe, but for `poll` and `flush`, which want one thread, and `learn`, which wants another.
class ProducerClient final : public Partitioner, private ClientObserver {
 public:
  /// Called on the thread that polls, `logged` on any.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept = 0;
    /// After the last report that was due.
    virtual void all_reported() noexcept = 0;
    /// Also called by `publish`, on its thread.
    virtual void topic_in_doubt() noexcept = 0;
    virtual void client_failed(rd_kafka_resp_err_t error, const char* text) noexcept = 0;
    virtual void client_measured(Statistics statistics) noexcept = 0;
    virtual void client_logged(int level, const char* facility, const char* text) noexcept = 0;
  };

  /// With Batching::alone each record is a batch of its own, so that it is refused alone, and no statistics are taken.
  /// `owner` must outlive it.
  static Result<std::unique_ptr<ProducerClient>> make(const ProducerOptions& options, const TopicSet& topics,
                                                      Publisher::Batching batching, Owner& owner);
  ~ProducerClient() override = default;

  [[nodiscard]] Refusal publish(const Record& record, std::uint64_t cookie) noexcept;
  /// Records taken and not yet reported.
  [[nodiscard]] std::size_t outstanding() const noexcept { return outstanding_; }

  /// Gives reports and events to the owner, waiting for them at most this long.
  void poll(std::chrono::milliseconds wait);
  /// Sends what was taken at once, whatever the linger, and gives reports and events to the owner until no more than
  /// `left` records are outstanding, for at most this long.
  void flush(std::size_t left, std::chrono::milliseconds wait);
  /// Ends a `poll` under way, or else the next one.
  void wake() noexcept;

  enum class Lesson { complete, incomplete, unreachable };
  /// Asks Kafka for the topics that are not known or in doubt, so that the first record of each need not wait for it:
  /// librdkafka by itself asks once a second. `unreachable`: `failure` says why. May block for `patience`.
  Lesson learn(Patience& patience, const std::atomic<bool>& stopping, rd_kafka_resp_err_t& failure);
  /// All topics are asked for again by the next `learn`.
  void doubt_all() noexcept;
  [[nodiscard]] std::size_t unknown_topics() const noexcept;
  [[nodiscard]] bool knows(TopicId topic) const noexcept;
  [[nodiscard]] std::size_t topics() const noexcept { return topics_.size(); }

  [[nodiscard]] std::int32_t partitions(TopicId topic) const noexcept override { return topics_[topic].partitions; }
  [[nodiscard]] std::int32_t partition_of(const Record& record, std::int32_t partitions) const noexcept override;

  /// By one thread at a time.
  [[nodiscard]] Result<void> set_topics(const TopicSet& topics);
  void set_credentials(const Credentials& credentials) noexcept;

  /// Gives up what is queued and in flight: all of it is reported soon. Only after a fatal error.
  void purge() noexcept;
  /// For tests: what a fatal error does.
  void make_fatal() noexcept;

 private:
  struct Topic {
    explicit Topic(TopicHandle its_handle) : handle(std::move(its_handle)) {}
    TopicHandle handle;
    std::atomic<bool> known{false};
    std::atomic<bool> in_doubt{true};
    std::atomic<bool> used{true};
    std::atomic<std::int32_t> partitions{0};  // when it was last known
  };

  explicit ProducerClient(Owner& owner) : owner_(owner) {}
  [[nodiscard]] static bool proven(const rd_kafka_message_t& message) noexcept;
  [[nodiscard]] Refusal refusal_of(rd_kafka_resp_err_t error) const noexcept;
  void doubt(rd_kafka_topic_t* handle) noexcept;
  void count_reported() noexcept;

  void logged(int level, const char* facility, const char* text) noexcept override;
  void failed(rd_kafka_resp_err_t error, const char* text) noexcept override;
  void measured(const char* json, std::size_t size) noexcept override;
  void delivered(const rd_kafka_message_t& message) noexcept override;

  Owner& owner_;
  std::atomic<std::size_t> outstanding_{0};
  std::optional<std::size_t> flushing_;  // while in `flush`, on its thread: its `left`
  ClientHandle client_;
  QueueHandle queue_;         // the client's main queue, to end a poll
  AppendOnly<Topic> topics_;  // by TopicId
};

}  // namespace hookferry::kafka
