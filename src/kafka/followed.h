// What a tail reads, and how far it got: topics and partitions as Kafka tells of them. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/producer.h"
#include "kafka/tail_client.h"
#include "kafka/warmup.h"

namespace hookferry::kafka {

/// A partition that is not read yet, and what of it is to be.
struct Placement {
  TopicPartition of;
  Range range;
};

/// Reads every partition of the topics in use, from where it is told to. For one thread. `client` must outlive it.
class Followed final : private TailReader {
 public:
  Followed(TailClient& client, SightingFeed& feed, const Clock& clock) : client_(client), feed_(feed), clock_(clock) {}

  /// What is no longer in use is no longer read.
  [[nodiscard]] Result<void> set_topics(TopicSet topics);
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return set_.names; }

  /// Asks Kafka what there is, and for the ends of all partitions; `places` gets what is not read yet: of those that
  /// came since the last look all, else what is younger than `since`. The error is of the whole: nothing has changed.
  /// What was failing, or is stuck, is begun again.
  [[nodiscard]] rd_kafka_resp_err_t look(std::chrono::milliseconds limit, WallTime since,
                                         std::vector<Placement>& places);
  void start(TopicPartition of, std::int64_t offset);
  void stop_all();

  /// Takes in what has come; how old the newest record was, or 0 where none came within `wait`.
  Duration read(std::chrono::milliseconds wait);

  /// Whether all that there was at the last look was read, where it can be.
  [[nodiscard]] bool caught_up() const noexcept;
  /// Whether there are partitions that can't be read, for now or for good.
  [[nodiscard]] bool incomplete() const noexcept { return !problem().empty(); }
  /// The first thing that is wrong, for people.
  [[nodiscard]] std::string problem() const;

 private:
  struct Partition {
    bool running = false;
    std::int64_t next = 0;  // the offset to come
    std::int64_t end = 0;   // at the last look
    std::int64_t next_at_look = 0;
    bool stuck = false;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  struct Topic {
    bool looked_at = false;  // by an earlier look
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::size_t known_partitions = 0;  // by an earlier look: those above came since
    std::vector<Partition> partitions;
  };

  void record(TopicPartition of, std::int64_t offset, std::optional<WallTime> time,
              const SightingFeed::Headers& headers) noexcept override;
  void end(TopicPartition of, std::int64_t offset) noexcept override;
  void failed(TopicPartition of, rd_kafka_resp_err_t error) noexcept override;

  void take_answer(const TopicAnswer& answer);
  [[nodiscard]] std::vector<OffsetQuestion> questions() const;
  void take_ends(const std::vector<OffsetQuestion>& ends);
  void begin_again(TopicPartition of, Partition& partition);
  [[nodiscard]] bool came_since(TopicPartition of) const;
  void stop(std::size_t topic);
  [[nodiscard]] Partition* running(TopicPartition of) noexcept;
  [[nodiscard]] Partition& at(TopicPartition of) {
    return topics_[of.topic].partitions[static_cast<std::size_t>(of.partition)];
  }

  TailClient& client_;
  SightingFeed& feed_;
  const Clock& clock_;
  TopicSet set_;
  std::vector<Topic> topics_;
  std::optional<WallTime> newest_;  // of this read
  bool came_ = false;               // any record in this read
};

}  // namespace hookferry::kafka
