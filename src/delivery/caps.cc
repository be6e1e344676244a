#include "delivery/caps.h"

namespace hookferry::delivery {
namespace {

bool fits(std::uint64_t all_before, std::uint64_t topic_before, std::uint64_t size, std::uint64_t max) noexcept {
  if (all_before + size > max) return false;
  return topic_before + size <= max / 4 || all_before < max - max / 4;
}

}  // namespace

bool Caps::take(const Usage& topic, std::uint64_t bytes) noexcept {
  const std::uint64_t events_before = events_.fetch_add(1);
  const std::uint64_t bytes_before = bytes_.fetch_add(bytes);
  if (fits(events_before, topic.events, 1, max_.events) && fits(bytes_before, topic.bytes, bytes, max_.bytes))
    return true;
  give_back(bytes);
  return false;
}

void Caps::give_back(std::uint64_t bytes) noexcept {
  events_ -= 1;
  bytes_ -= bytes;
}

bool Caps::take_waiter(std::uint64_t bytes) noexcept {
  const bool fits_waiters = waiters_.fetch_add(1) < max_waiters_;
  const bool fits_bytes = bytes_.fetch_add(bytes) + bytes <= max_.bytes || bytes == 0;
  if (fits_waiters && fits_bytes) return true;
  give_back_waiters(1, bytes);
  return false;
}

}  // namespace hookferry::delivery
