// What the tail asks of Kafka: the seam between how it reads and librdkafka's simple consumer. Private to this room.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"
#include "kafka/handles.h"
#include "kafka/producer.h"
#include "kafka/sighting_feed.h"

namespace hookferry::kafka {

struct TopicPartition {
  std::size_t topic = 0;  // its place in the list of names
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// What Kafka says of a topic.
struct TopicAnswer {
  std::size_t topic = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::int32_t partitions = 0;
  std::vector<std::int32_t> leaderless{};  // partitions; questions for them would wait
};

/// A question for an offset: of the first record that is not older than a time, or where the next one will be.
struct OffsetQuestion {
  TopicPartition of;
  std::optional<WallTime> time{};  // absent: the end
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::int64_t offset = -1;  // the answer; -1: there is no such record
};

/// What reading brings.
class TailReader {
 public:
  virtual ~TailReader() = default;
  virtual void record(TopicPartition of, std::int64_t offset, std::optional<WallTime> time,
                      const SightingFeed::Headers& headers) noexcept = 0;
  /// There is nothing (more) before `offset`, and for now nothing from there on.
  virtual void end(TopicPartition of, std::int64_t offset) noexcept = 0;
  /// Of this partition; the client goes on by itself where that can help.
  virtual void failed(TopicPartition of, rd_kafka_resp_err_t error) noexcept = 0;
};

/// Not thread-safe, but for `set_credentials`.
class TailClient {
 public:
  virtual ~TailClient() = default;
  /// Which topics there are to look at: those in use. Nothing may be read of the others any more.
  [[nodiscard]] virtual Result<void> set_topics(const TopicSet& topics) = 0;
  /// Asks for all of them. The error is not of a topic: Kafka can't be reached.
  [[nodiscard]] virtual rd_kafka_resp_err_t look(std::chrono::milliseconds limit,
                                                 std::vector<TopicAnswer>& answers) = 0;
  /// Fills in the answers, each with its own error. The error of the result is of all.
  [[nodiscard]] virtual rd_kafka_resp_err_t find(std::chrono::milliseconds limit,
                                                 std::vector<OffsetQuestion>& questions) = 0;
  /// Reads from there on; `beginning` for all that there is.
  static constexpr std::int64_t beginning = RD_KAFKA_OFFSET_BEGINNING;
  virtual void start(TopicPartition of, std::int64_t offset) = 0;
  virtual void stop(TopicPartition of) = 0;
  /// Hands on what has come, after waiting for it for at most `wait`.
  virtual void read(std::chrono::milliseconds wait, TailReader& reader) = 0;
  /// Why the brokers are away, in librdkafka's words; empty: it did not say.
  [[nodiscard]] virtual std::string last_error() const = 0;
  virtual void set_credentials(const Credentials& credentials) noexcept = 0;
};

/// Holds at most 2 MiB of records that wait to be looked at, and an answer of 512 KiB of each broker, or one record.
[[nodiscard]] Result<std::unique_ptr<TailClient>> make_tail_client(const ProducerOptions& kafka);

/// How long to ask for nothing after an answer of this many bytes: the longer the less it was, so that records come
/// many at a time, and not at all after a full one, since more is there. A fetch that waits at the broker instead costs
/// the more the more partitions are followed: Kafka looks at all of them whenever something is appended to one
/// (DelayedFetch). A record comes late by at most twice the rest.
[[nodiscard]] std::chrono::microseconds rest_after(std::size_t answer) noexcept;

/// The offset that Kafka answered for `question`: an answer can be called a success while its element failed, and then
/// still has the time that was asked for where the offset should be.
void take_answer(const rd_kafka_topic_partition_t& element, OffsetQuestion& question) noexcept;

}  // namespace hookferry::kafka
