// A publisher that takes what it is told to take and reports when a test says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hookferry/publisher.h"

namespace hookferry::fakes {

/// Thread-safe. Reports are given by `report`, on the test's thread.
class FakePublisher final : public Publisher {
 public:
  struct Published {
    std::uint64_t cookie = 0;
    TopicId topic = 0;
    std::string key;
    std::string value;
    Batching batching{};
  };

  [[nodiscard]] Refusal publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept override {
    const std::lock_guard lock(mutex_);
    if (!refusals_.empty()) {
      const Refusal refusal = refusals_.front();
      refusals_.pop_front();
      if (refusal != Refusal::none) return refusal;
    }
    published_.push_back({cookie, record.topic(), std::string(record.key()), std::string(record.value()), batching});
    return Refusal::none;
  }
  [[nodiscard]] bool connected() const noexcept override { return connected_; }

  /// What the next calls of publish answer; then they take again.
  void refuse_next(std::initializer_list<Refusal> refusals) { refusals_.assign(refusals); }
  void set_connected(bool connected) { connected_ = connected; }

  /// The oldest record that was taken and not reported yet.
  [[nodiscard]] std::optional<Published> next() {
    const std::lock_guard lock(mutex_);
    if (published_.empty()) return std::nullopt;
    Published record = published_.front();
    published_.pop_front();
    return record;
  }
  [[nodiscard]] std::size_t unreported() const {
    const std::lock_guard lock(mutex_);
    return published_.size();
  }
  /// Reports the oldest one; false if there is none.
  bool report(DeliveryReports& reports, Refusal refusal = Refusal::none) {
    const auto record = next();
    if (!record) return false;
    reports.reported(record->cookie, {refusal, 3, offset_++});
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Published> published_;
  std::deque<Refusal> refusals_;
  std::atomic<bool> connected_{true};
  std::int64_t offset_ = 0;
};

}  // namespace hookferry::fakes
