// A Kafka of a test's own, behind the tail's seam: topics with records, gaps, and what goes wrong.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "hookferry/sightings.h"
#include "kafka/tail_client.h"

namespace hookferry::kafka {

/// Made of a number; the same in both parts.
[[nodiscard]] inline ClaimKey numbered_key(std::uint32_t number) {
  ClaimKey key;
  for (std::size_t i = 0; i < 4; ++i) key.id[i] = key.conflict[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return key;
}
[[nodiscard]] inline std::string dedupe_text(const ClaimKey& key) {
  return cat("01", hex(key.conflict), std::string(32, 'd'));
}

/// Thread-safe.
class FakeKafka {
 public:
  struct Entry {
    std::int64_t offset = 0;
    WallTime time;
    std::string dedupe;
    std::string id;
  };
  struct Partition {
    std::vector<Entry> entries;
    std::int64_t end = 0;
    rd_kafka_resp_err_t read_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t question_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool silent = false;  // has records and does not send them
  };
  struct Topic {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::vector<Partition> partitions;
  };

  void create(const std::string& topic, std::size_t partitions) {
    const std::lock_guard lock(mutex);
    topics[topic].partitions.resize(partitions);
  }
  void append(const std::string& topic, std::size_t partition, std::uint32_t number, WallTime time) {
    const ClaimKey key = numbered_key(number);
    append(topic, partition, Entry{0, time, dedupe_text(key), hex(key.id)});
  }
  void append(const std::string& topic, std::size_t partition, Entry entry) {
    {
      const std::lock_guard lock(mutex);
      Partition& to = topics[topic].partitions[partition];
      entry.offset = to.end++;
      to.entries.push_back(std::move(entry));
    }
    changed.notify_all();
  }
  /// Offsets that no record has: of a transaction's markers, or compacted.
  void gap(const std::string& topic, std::size_t partition, std::int64_t count) {
    const std::lock_guard lock(mutex);
    topics[topic].partitions[partition].end += count;
  }
  template <class Change>
  void change(const Change& change) {
    {
      const std::lock_guard lock(mutex);
      change(*this);
    }
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Topic> topics;
  rd_kafka_resp_err_t away = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::vector<std::pair<TopicPartition, std::int64_t>> starts;  // in their order
  std::size_t most_at_once = 0;
};

class FakeTailClient final : public TailClient {
 public:
  explicit FakeTailClient(FakeKafka& kafka, std::size_t batch = 1000) : kafka_(kafka), batch_(batch) {}

  Result<void> set_topics(const TopicSet& topics) override {
    set_ = topics;
    return {};
  }
  rd_kafka_resp_err_t look(std::chrono::milliseconds, std::vector<TopicAnswer>& answers) override {
    const std::lock_guard lock(kafka_.mutex);
    if (kafka_.away != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_.away;
    for (std::size_t i = 0; i < set_.names.size(); ++i) {
      if (!set_.used[i]) continue;
      const auto topic = kafka_.topics.find(set_.names[i]);
      if (topic == kafka_.topics.end()) {
        answers.push_back({i, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, 0, {}});
      } else {
        const auto count = static_cast<std::int32_t>(topic->second.partitions.size());
        answers.push_back({i, topic->second.error, topic->second.error == 0 ? count : 0, {}});
      }
    }
    return kafka_.away;
  }
  rd_kafka_resp_err_t find(std::chrono::milliseconds, std::vector<OffsetQuestion>& questions) override {
    const std::lock_guard lock(kafka_.mutex);
    for (OffsetQuestion& question : questions) {
      const FakeKafka::Partition& partition = at(question.of);
      question.error = partition.question_error;
      if (question.error != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      question.offset = partition.end;
      if (!question.time) continue;
      const auto first = std::ranges::find_if(
          partition.entries, [&](const FakeKafka::Entry& entry) { return entry.time >= *question.time; });
      question.offset = first == partition.entries.end() ? -1 : first->offset;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  void start(TopicPartition of, std::int64_t offset) override {
    const std::lock_guard lock(kafka_.mutex);
    kafka_.starts.emplace_back(of, offset);
    positions_[of] = {std::max<std::int64_t>(offset, 0), false};
    kafka_.most_at_once = std::max(kafka_.most_at_once, positions_.size());
  }
  void stop(TopicPartition of) override { positions_.erase(of); }

  void read(std::chrono::milliseconds wait, TailReader& reader) override {
    std::unique_lock lock(kafka_.mutex);
    kafka_.changed.wait_for(lock, wait, [this] { return any_news(); });
    for (auto& [of, position] : positions_) deliver(of, position, reader);
  }
  std::string last_error() const override { return {}; }
  void set_credentials(const Credentials& given) noexcept override { credentials = given; }

  Credentials credentials;

 private:
  struct Position {
    std::int64_t next = 0;
    bool told = false;  // its end, or its error
  };
  FakeKafka::Partition& at(TopicPartition of) {
    return kafka_.topics.at(set_.names[of.topic]).partitions[static_cast<std::size_t>(of.partition)];
  }
  bool any_news() {
    return std::ranges::any_of(positions_, [this](const auto& entry) {
      const FakeKafka::Partition& partition = at(entry.first);
      return !partition.silent && (!entry.second.told || entry.second.next < partition.end);
    });
  }
  void deliver(TopicPartition of, Position& position, TailReader& reader) {
    const FakeKafka::Partition& partition = at(of);
    if (partition.silent) return;
    if (partition.read_error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!position.told) reader.failed(of, partition.read_error);
      position.told = true;
      return;
    }
    std::size_t count = 0;
    for (const FakeKafka::Entry& entry : partition.entries) {
      if (entry.offset < position.next || count++ >= batch_) continue;
      position = {entry.offset + 1, false};
      reader.record(of, entry.offset, entry.time, {entry.dedupe, entry.id});
    }
    if (count > batch_ || (position.told && position.next == partition.end)) return;
    position = {partition.end, true};
    reader.end(of, partition.end);
  }

  FakeKafka& kafka_;
  const std::size_t batch_;
  TopicSet set_;
  std::map<TopicPartition, Position> positions_;
};

/// What was seen, in its order. Thread-safe.
class KeptSightings final : public Sightings {
 public:
  void seen(const SeenRecord& record) noexcept override {
    const std::lock_guard lock(mutex_);
    seen_.push_back(record);
    changed_.notify_all();
  }
  void read_back(Duration back) noexcept override {
    const std::lock_guard lock(mutex_);
    read_back_ = back;
  }
  [[nodiscard]] bool full() const noexcept override {
    const std::lock_guard lock(mutex_);
    return seen_.size() >= capacity;
  }
  [[nodiscard]] std::vector<std::uint32_t> numbers() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint32_t> numbers;
    for (const SeenRecord& record : seen_) {
      std::uint32_t number = 0;
      for (std::size_t i = 0; i < 4; ++i) number |= static_cast<std::uint32_t>(record.key.id[i]) << (8 * i);
      numbers.push_back(number);
    }
    return numbers;
  }
  [[nodiscard]] bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return seen_.size() >= count; });
  }
  [[nodiscard]] std::optional<Duration> back() const {
    const std::lock_guard lock(mutex_);
    return read_back_;
  }
  std::size_t capacity = 1000000;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SeenRecord> seen_;
  std::optional<Duration> read_back_;
};

}  // namespace hookferry::kafka
