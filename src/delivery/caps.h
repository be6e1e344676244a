// What may be in flight, all topics together.
#pragma once

#include <atomic>
#include <cstdint>

namespace hookferry::delivery {

/// Thread-safe, without a lock.
class Caps {
 public:
  struct Usage {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
  };

  Caps(std::uint64_t max_events, std::uint64_t max_bytes, std::uint64_t max_waiters)
      : max_{max_events, max_bytes}, max_waiters_(max_waiters) {}

  /// Takes room for one event of a topic that holds `topic` already; false, with nothing taken, when there is none. A
  /// topic may hold more than a quarter only while all together hold less than three quarters: one sick leader must not
  /// fill the caps for the others.
  [[nodiscard]] bool take(const Usage& topic, std::uint64_t bytes) noexcept;
  void give_back(std::uint64_t bytes) noexcept;

  /// Room for one who waits for another's flight and keeps `bytes` meanwhile (usually none).
  [[nodiscard]] bool take_waiter(std::uint64_t bytes = 0) noexcept;
  void give_back_waiters(std::uint64_t count, std::uint64_t bytes = 0) noexcept {
    waiters_ -= count;
    bytes_ -= bytes;
  }

  [[nodiscard]] Usage usage() const noexcept { return {events_.load(), bytes_.load()}; }
  [[nodiscard]] const Usage& max() const noexcept { return max_; }

 private:
  const Usage max_;
  const std::uint64_t max_waiters_;
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> waiters_{0};
};

}  // namespace hookferry::delivery
