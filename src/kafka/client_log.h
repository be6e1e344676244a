// librdkafka's log lines, on their way to our log: at most one of a kind in ten seconds. Private to this room.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "hookferry/clock.h"

namespace hookferry::kafka {

/// Lets the first line of a kind pass, and then one in ten seconds, which says how many were held back. Lines are of
/// one kind when they differ in digits only (ports, ages, counts), or in how long something took. Bounded memory. Not
/// thread-safe.
class LogLimiter {
 public:
  static constexpr Duration interval = std::chrono::seconds(10);
  static constexpr std::size_t max_kinds = 64;

  /// The line to write, or nullopt.
  [[nodiscard]] std::optional<std::string> pass(std::string_view facility, std::string_view text, MonotonicTime now);

 private:
  struct Kind {
    MonotonicTime last;
    std::uint64_t held_back = 0;
  };
  void make_room(MonotonicTime now);
  std::map<std::string, Kind, std::less<>> kinds_;
};

/// Thread-safe, never blocks for long; `log` must outlive it.
class ClientLog {
 public:
  explicit ClientLog(Log& log) : log_(log) {}
  /// `level` is syslog's.
  void write(int level, std::string_view facility, std::string_view text) noexcept;

 private:
  Log& log_;
  std::mutex mutex_;
  LogLimiter limiter_;
};

}  // namespace hookferry::kafka
