// Reads back what was published before the start, newest first. Private to this room.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hookferry/clock.h"
#include "kafka/tail_client.h"

namespace hookferry::kafka {

/// The offsets from `from` on and before `to`.
struct Range {
  std::int64_t from = 0;
  std::int64_t to = 0;
  [[nodiscard]] bool empty() const noexcept { return from >= to; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// The newest of what is left, at most `size`.
[[nodiscard]] constexpr Range newest(const Range& left, std::int64_t size) noexcept {
  return {std::max(left.from, left.to - size), left.to};
}

/// What there is to read back of a partition, by Kafka's answers: from the first record that is young enough (-1: there
/// is none) to the end. Never more than there is, whatever the first answer was.
[[nodiscard]] constexpr Range range_to_read(std::int64_t first, std::int64_t end) noexcept {
  return first < 0 || first > end ? Range{end, end} : Range{first, end};
}

/// Each partition is read in slices from its end backwards; whose slices reach back least is next, so that all of them
/// go back in time together. A few are read at once, which bounds the memory. For one thread; what it is given must
/// outlive it.
class Warmup final : private TailReader {
 public:
  static constexpr std::int64_t slice_size = 20000;  // records
  static constexpr std::size_t max_active = 16;      // partitions

  enum class End { complete, full, late, stopped };

  Warmup(TailClient& client, SightingFeed& feed, const std::vector<std::string>& names, const Clock& clock)
      : client_(client), feed_(feed), names_(names), clock_(clock), started_(clock.wall()) {}

  void add(TopicPartition of, Range range);
  /// Until all is read, the feed is full, it is too late, or `go_on`, asked now and then, says no.
  [[nodiscard]] End run(MonotonicTime deadline, const std::function<bool()>& go_on);
  /// Everything since then was read; absent: everything that there is.
  [[nodiscard]] std::optional<WallTime> known_since() const;

 private:
  struct Reading {
    TopicPartition of;
    Range left;     // but for the slice
    Range slice{};  // being read
    bool active = false;
    bool refused = false;                   // by Kafka
    std::optional<WallTime> known_since{};  // by the slices that were read
    std::optional<WallTime> first{};        // time of the first record of the slice
  };

  void record(TopicPartition of, std::int64_t offset, std::optional<WallTime> time,
              const SightingFeed::Headers& headers) noexcept override;
  void end(TopicPartition of, std::int64_t offset) noexcept override;
  void failed(TopicPartition of, rd_kafka_resp_err_t error) noexcept override;

  [[nodiscard]] Reading* reading(TopicPartition of) noexcept;
  [[nodiscard]] Reading* next() noexcept;
  void nudge();
  void start_slices();
  void finish(Reading& reading) noexcept;
  void stop_finished();
  void stop_all();

  TailClient& client_;
  SightingFeed& feed_;
  const std::vector<std::string>& names_;
  const Clock& clock_;
  const WallTime started_;
  std::vector<Reading> readings_;
  std::vector<std::vector<std::size_t>> places_;  // by topic and partition, in readings_; plus one, 0: none
  std::vector<Reading*> finished_;                // since the last read
  std::size_t active_ = 0;
  bool came_ = false;  // anything, in the last read
};

}  // namespace hookferry::kafka
