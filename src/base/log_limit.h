// How many rejections the log shows: anybody can make one, so a flood of them must neither fill the disk nor cost much.
#pragma once

#include <atomic>
#include <cstdint>

#include "hookferry/clock.h"

namespace hookferry {

/// A token bucket: `burst` at once, then `per_second`. Thread-safe and wait-free but for retries between those
/// admitted.
class RejectionLimit {
 public:
  static constexpr int burst = 50;
  static constexpr int per_second = 10;

  /// Whether the rejection is to be shown; if not, it is counted as hidden.
  [[nodiscard]] bool admit(MonotonicTime now) noexcept;
  [[nodiscard]] bool any_hidden() const noexcept { return hidden_.load(std::memory_order_relaxed) != 0; }
  /// How many were hidden since it was last asked; 0 where the last answer is less than a second old.
  [[nodiscard]] std::uint64_t take_hidden(MonotonicTime now) noexcept;
  /// The same at once.
  [[nodiscard]] std::uint64_t take_hidden() noexcept { return hidden_.exchange(0, std::memory_order_relaxed); }

 private:
  // When the bucket is full again, in nanoseconds of the monotonic clock: the whole state of a token bucket ("generic
  // cell rate algorithm"), so that one atomic does.
  std::atomic<std::int64_t> full_at_{INT64_MIN};
  std::atomic<std::int64_t> next_summary_{INT64_MIN};
  std::atomic<std::uint64_t> hidden_{0};
};

}  // namespace hookferry
