// Which record may be handed to the client next. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hookferry/publisher.h"
#include "kafka/send_queue.h"

namespace hookferry::kafka {

/// Where records go.
class Partitioner {
 public:
  virtual ~Partitioner() = default;
  /// 0: not known yet.
  [[nodiscard]] virtual std::int32_t partitions(TopicId topic) const noexcept = 0;
  /// Of that many.
  [[nodiscard]] virtual std::int32_t partition_of(const Record& record, std::int32_t partitions) const noexcept = 0;
};

/// Sends a producer's first record of each partition alone; what follows it waits here until Kafka has acknowledged
/// one. Of a producer that a partition does not know, brokers before KAFKA-15591 take any sequence number. So where two
/// requests are under way the second may be written though the first was refused, as by a broker that has not heard yet
/// that it leads the partition: out of order, and the first can never be written (see ProducerClient::proven).
/// For the thread that sends.
class FirstRecords {
 public:
  FirstRecords(SendQueue& queue, const Partitioner& partitioner) : queue_(queue), partitioner_(partitioner) {}

  /// The next to be handed over, in order of each partition; null: none of what was taken from the queue.
  [[nodiscard]] const SendQueue::Item* next();
  /// The client has taken the one that `next` gave, or refused it for good. Its record is still there.
  void pop();
  /// Of any record.
  void reported(std::uint64_t cookie, const DeliveryReport& report);
  /// Whether the turn of some that waited here has come.
  [[nodiscard]] bool ready() const noexcept { return !released_.empty(); }

 private:
  struct Lane {
    bool open = false;                   // Kafka has acknowledged one
    std::optional<std::uint64_t> first;  // the cookie of the one under way
    std::deque<SendQueue::Item> kept;
  };
  struct Topic {
    Lane unknown;  // until its partitions are known: all of the topic in one line
    std::vector<Lane> lanes;
    std::int32_t open = 0;  // lanes
  };
  static constexpr std::int32_t unknown = -1;
  struct Place {
    TopicId topic = 0;
    std::int32_t partition = unknown;
  };

  [[nodiscard]] bool admit(SendQueue::Item item, bool again);
  [[nodiscard]] bool enter(Lane& lane, const SendQueue::Item& item, Place place);
  [[nodiscard]] Topic& topic(TopicId id);
  [[nodiscard]] static Lane& lane(Topic& topic, std::int32_t partition);
  void open(Topic& topic, std::int32_t partition);
  void release(Lane& lane, std::size_t count, std::ptrdiff_t place);

  SendQueue& queue_;
  const Partitioner& partitioner_;
  std::vector<Topic> topics_;
  std::unordered_map<std::uint64_t, Place> firsts_;  // by cookie: those under way
  std::deque<SendQueue::Item> released_;             // older than what is in the queue
};

}  // namespace hookferry::kafka
