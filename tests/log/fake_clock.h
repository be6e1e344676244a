// A clock that stands until it is moved. Thread-safe.
#pragma once

#include <atomic>

#include "hookferry/clock.h"

namespace hookferry {

class FakeClock final : public Clock {
 public:
  /// 2025-01-15T12:00:01.234Z
  static constexpr WallTime start{std::chrono::milliseconds(1736942401234)};

  [[nodiscard]] MonotonicTime monotonic() const noexcept override { return MonotonicTime(Duration(passed_.load())); }
  [[nodiscard]] WallTime wall() const noexcept override { return start + Duration(passed_.load()); }
  void advance(Duration by) { passed_ += by.count(); }

 private:
  std::atomic<Duration::rep> passed_{0};
};

}  // namespace hookferry
