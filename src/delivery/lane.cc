#include "delivery/lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace hookferry::delivery {
namespace {

constexpr Duration first_back_off = std::chrono::seconds(1);
constexpr Duration last_back_off = std::chrono::minutes(1);
/// How much out of order deadlines may be, and so late: requests of several loops are accepted nearly in order.
constexpr Duration tolerance = std::chrono::milliseconds(10);

// A FlightId is topic (16 bits), slot (24 bits), generation (24 bits).
constexpr std::uint32_t slot_mask = 0xffffff;

FlightId make_id(TopicId topic, std::uint32_t slot, std::uint32_t generation) noexcept {
  return static_cast<FlightId>(topic) << 48 | static_cast<FlightId>(slot) << 24 | (generation & slot_mask);
}
std::uint32_t slot_of(FlightId id) noexcept {
  return static_cast<std::uint32_t>(id >> 24) & slot_mask;
}

}  // namespace

void TopicRefusal::refused(Refusal why, MonotonicTime now) noexcept {
  why_ = why;
  if (fresh(now)) return;  // one of those that were under way together
  back_off_ = back_off_ == Duration() ? first_back_off : std::min(back_off_ * 2, last_back_off);
  until_ = now + back_off_;
}

Flight& Lane::allocate() {
  if (free_ == Flight::nobody) {
    HOOKFERRY_CHECK(slab_.size() < slot_mask);
    slab_.emplace_back();
    slab_.back().id = make_id(topic_, static_cast<std::uint32_t>(slab_.size() - 1), 0);
    return slab_.back();
  }
  Flight& flight = slab_[free_];
  free_ = flight.next;
  flight.next = Flight::nobody;
  return flight;
}

void Lane::free(Flight& flight) noexcept {
  HOOKFERRY_CHECK(!flight.under_way);
  const std::uint32_t slot = slot_of(flight.id);
  const std::uint32_t generation = flight.generation + 1;
  flight = Flight();
  flight.generation = generation;
  flight.id = make_id(topic_, slot, generation);
  flight.next = free_;
  free_ = slot;
}

Flight* Lane::find(FlightId id) noexcept {
  const std::uint32_t slot = slot_of(id);
  if (slot >= slab_.size()) return nullptr;
  Flight& flight = slab_[slot];
  return flight.id == id && flight.under_way ? &flight : nullptr;
}

void Lane::start(Flight& flight) {
  const std::uint32_t slot = slot_of(flight.id);
  flight.under_way = true;
  flight.previous = tail_;
  flight.next = Flight::nobody;
  (tail_ == Flight::nobody ? head_ : slab_[tail_].next) = slot;
  // One that waited for another's flight first has less time left than those before it.
  const MonotonicTime last = deadline(flight.first);
  if (last + tolerance < latest_) watch(last, flight.id);
  latest_ = std::max(latest_, last);
  tail_ = slot;
  if (expiring_ == Flight::nobody) expiring_ = slot;
  if (rowless_ == Flight::nobody && flight.state.row == RowState::none) rowless_ = slot;
  if (flight.queued_only) return;
  usage.events += 1;
  usage.bytes += flight.record.size();
}

void Lane::end(Flight& flight) noexcept {
  HOOKFERRY_CHECK(flight.under_way);
  const std::uint32_t slot = slot_of(flight.id);
  if (expiring_ == slot) expiring_ = flight.next;
  if (rowless_ == slot) {
    do rowless_ = slab_[rowless_].next;
    while (rowless_ != Flight::nobody && slab_[rowless_].state.row != RowState::none);
  }
  (flight.previous == Flight::nobody ? head_ : slab_[flight.previous].next) = flight.next;
  (flight.next == Flight::nobody ? tail_ : slab_[flight.next].previous) = flight.previous;
  if (!flight.queued_only) {
    usage.events -= 1;
    usage.bytes -= flight.record.size();
  }
  if (flight.stranded) --stranded;
  flight.under_way = false;
  free(flight);
}

void Lane::join(Flight& flight, const Waiter& waiter) {
  flight.joined.push_back({waiter, deadline(waiter)});
  watch(deadline(waiter), flight.id);
}

void Lane::defer(Flight& flight, std::unique_ptr<Submission> submission) {
  watch(deadline(submission->waiter), flight.id);
  flight.deferred.push_back(std::move(submission));
}

/// In order of time: nearly always at the end.
void Lane::watch(MonotonicTime when, FlightId flight) {
  auto place = joined_.end();
  while (place != joined_.begin() && std::prev(place)->when > when) --place;
  joined_.insert(place, {when, flight});
}

void Lane::retry_later(Flight& flight, MonotonicTime when) {
  retries_.push_back({when, flight.id});
}

Flight* Lane::next_expired(MonotonicTime now) noexcept {
  if (expiring_ == Flight::nobody) return nullptr;
  Flight& flight = slab_[expiring_];
  if (deadline(flight.first) > now) return nullptr;
  expiring_ = flight.next;
  return &flight;
}

Flight* Lane::next_joined_expired(MonotonicTime now) noexcept {
  while (!joined_.empty()) {
    Flight* const flight = find(joined_.front().flight);
    if (flight != nullptr && joined_.front().when > now) return nullptr;
    joined_.pop_front();
    if (flight != nullptr) return flight;
  }
  return nullptr;
}

std::vector<FlightId> Lane::take_due_retries(MonotonicTime now) {
  std::vector<FlightId> due;
  std::erase_if(retries_, [&](const Retry& retry) {
    if (retry.when > now) return false;
    due.push_back(retry.flight);
    return true;
  });
  return due;
}

}  // namespace hookferry::delivery
