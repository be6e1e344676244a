// What the loops serve, and how it is replaced while they do.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/front.h"
#include "http/routes.h"

namespace hookferry::http {

/// One loop's.
struct Served {
  std::shared_ptr<const RouteTable> routes;
  Handler handler;
};

/// Where the loops find what to serve next. `put` is for one thread at a time; each loop takes its own part. The usual
/// question, whether there is anything new, is one atomic load.
class ServedExchange {
 public:
  /// `parts` by loop. Whoever asks for the generation after this has returned sees that it changed.
  void put(std::vector<Served> parts) {
    {
      const std::lock_guard lock(mutex_);
      parts_.swap(parts);
      generation_.fetch_add(1, std::memory_order_release);
    }
    // What no loop has taken ends here, outside of the lock.
  }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  /// Once for each generation, of which `generation` then is the one that was taken.
  [[nodiscard]] Served take(std::uint32_t loop, std::uint64_t& generation) {
    const std::lock_guard lock(mutex_);
    generation = generation_.load(std::memory_order_relaxed);
    return std::exchange(parts_[loop], Served());
  }

 private:
  std::mutex mutex_;
  std::vector<Served> parts_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace hookferry::http
