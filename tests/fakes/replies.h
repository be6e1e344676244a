// Those who wait, and what they were told.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "hookferry/outcome.h"

namespace hookferry::fakes {

/// Thread-safe. Outcomes by the waiter's ticket (its `exchange`).
class FakeReplies final : public Replies {
 public:
  void reply(const Waiter& waiter, const Outcome& outcome) noexcept override {
    const std::lock_guard lock(mutex_);
    told_[waiter.ticket.exchange].push_back(outcome);
  }
  /// Every outcome that this waiter was told: there should be one.
  [[nodiscard]] std::vector<Outcome> told(std::uint64_t exchange) const {
    const std::lock_guard lock(mutex_);
    const auto found = told_.find(exchange);
    return found == told_.end() ? std::vector<Outcome>() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::vector<Outcome>> told_;
};

}  // namespace hookferry::fakes
