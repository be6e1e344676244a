// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "hookferry/clock.h"

namespace hookferry::fakes {

/// Thread-safe.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime monotonic() const noexcept override { return MonotonicTime(Duration(monotonic_.load())); }
  [[nodiscard]] WallTime wall() const noexcept override { return WallTime(Duration(wall_.load())); }
  /// Both clocks move.
  void advance(Duration by) noexcept {
    monotonic_ += by.count();
    wall_ += by.count();
  }
  /// Only the time of day moves, as when somebody sets the machine's clock.
  void set_wall_back(Duration by) noexcept { wall_ -= by.count(); }

 private:
  std::atomic<std::int64_t> monotonic_{1'000'000'000'000};
  std::atomic<std::int64_t> wall_{1'736'937'000'000'000'000};  // 2025-01-15T10:30:00Z
};

}  // namespace hookferry::fakes
