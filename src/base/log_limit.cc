#include "base/log_limit.h"

#include <algorithm>

namespace hookferry {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t interval = second / RejectionLimit::per_second;

}  // namespace

bool RejectionLimit::admit(MonotonicTime now) noexcept {
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(full_at, time) + interval;
    if (next - time > RejectionLimit::burst * interval) {
      hidden_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return true;
  }
}

std::uint64_t RejectionLimit::take_hidden(MonotonicTime now) noexcept {
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t next = next_summary_.load(std::memory_order_relaxed);
  if (time < next || !next_summary_.compare_exchange_strong(next, time + second, std::memory_order_relaxed)) return 0;
  return take_hidden();
}

}  // namespace hookferry
