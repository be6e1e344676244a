// Records on their way to the client. Private to this room.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "hookferry/record.h"

namespace hookferry::kafka {

/// Where records wait while others are under way, so that they go out together: Nagle's algorithm, with Kafka's
/// acknowledgement in TCP's place. Whoever comes while nothing is under way does not wait. `push` and `size` are
/// thread-safe, all else is for the one thread that sends.
class SendQueue {
 public:
  struct Item {
    const Record* record = nullptr;
    std::uint64_t cookie = 0;
  };
  enum class Pushed : std::uint8_t {
    full,          // nothing was taken
    taken,         // the thread that sends comes back to it by itself
    taken_wake_up  // it found nothing to do before, and has to be woken
  };

  SendQueue(std::size_t max_records, std::size_t max_bytes) : max_records_(max_records), max_bytes_(max_bytes) {}

  [[nodiscard]] Pushed push(const Record& record, std::uint64_t cookie) {
    if (size_ >= max_records_ || bytes_ >= max_bytes_) return Pushed::full;
    const std::lock_guard lock(mutex_);
    ++size_;
    bytes_ += record.size();
    incoming_.push_back({&record, cookie});
    return std::exchange(idle_, false) ? Pushed::taken_wake_up : Pushed::taken;
  }

  /// Begins a burst of all that waits, unless the one before is not handed over yet; whether there is anything.
  [[nodiscard]] bool take() {
    if (next_ < burst_.size()) return true;
    burst_.clear();
    next_ = 0;
    const std::lock_guard lock(mutex_);
    burst_.swap(incoming_);
    idle_ = burst_.empty();
    return !idle_;
  }
  /// The next of the burst, in order; null at its end.
  [[nodiscard]] const Item* front() const { return next_ < burst_.size() ? &burst_[next_] : nullptr; }
  /// It was handed over, and is not reported yet: its record is still there.
  void pop() {
    forget(burst_[next_]);
    pass();
  }
  /// It is kept elsewhere, and counts until it is forgotten.
  void pass() { ++next_; }
  void forget(const Item& passed) {
    bytes_ -= passed.record->size();
    --size_;
  }

  /// Pushed, and neither popped nor forgotten.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  const std::size_t max_records_;
  const std::size_t max_bytes_;  // the last one may reach beyond it
  std::atomic<std::size_t> size_{0};
  std::atomic<std::size_t> bytes_{0};
  std::vector<Item> burst_;
  std::size_t next_ = 0;

  std::mutex mutex_;
  std::vector<Item> incoming_;  // under mutex_
  bool idle_ = false;           // under mutex_
};

}  // namespace hookferry::kafka
