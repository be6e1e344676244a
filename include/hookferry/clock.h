// The port through which the logic asks for the time.
#pragma once

#include <chrono>

namespace hookferry {

/// Time that only moves forward: deadlines, ages, expiry. Never shown to anybody.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// Time of day (UTC): what is written into records and logs. May jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonotonicTime monotonic() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
};

}  // namespace hookferry
