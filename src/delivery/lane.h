// One topic's flights.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "delivery/caps.h"
#include "delivery/flight.h"
#include "delivery/topic_rows.h"
#include "hookferry/publisher.h"

namespace hookferry::delivery {

/// The topic that a flight's id names.
[[nodiscard]] constexpr TopicId topic_of(FlightId id) noexcept {
  return static_cast<TopicId>(id >> 48);
}

/// A topic that Kafka refuses is left alone for a while: new events are answered at once instead of waiting in vain.
class TopicRefusal {
 public:
  void refused(Refusal why, MonotonicTime now) noexcept;
  /// Kafka takes it (again).
  void taken() noexcept { *this = TopicRefusal(); }
  /// `none` once Kafka has taken a record since.
  [[nodiscard]] Refusal why() const noexcept { return why_; }
  [[nodiscard]] bool fresh(MonotonicTime now) const noexcept { return until_ && now < *until_; }
  /// The time from which it may be tried again.
  [[nodiscard]] MonotonicTime until() const noexcept { return until_.value_or(MonotonicTime()); }

 private:
  Refusal why_ = Refusal::none;
  std::optional<MonotonicTime> until_;
  Duration back_off_{};  // 1 s … 1 min
};

/// The slab of flights and the lists over it. Every member is guarded by `mutex`, which is held for the choice of what
/// happens to a flight and for handing its record to the publisher: so the order of acceptance is the order of
/// publishing.
class Lane {
 public:
  Lane(TopicId topic, Duration ack_deadline) : topic_(topic), ack_deadline_(ack_deadline) {}

  [[nodiscard]] TopicId topic() const noexcept { return topic_; }

  std::mutex mutex;
  TopicRefusal refusal;
  TopicRows rows;
  Caps::Usage usage;         // of the client's room
  std::size_t stranded = 0;  // flights that the client did not take

  /// A flight with an id of its own, not under way yet. Stays where it is until it is freed.
  [[nodiscard]] Flight& allocate();
  /// Gives back a flight that is not under way.
  void free(Flight& flight) noexcept;
  /// Null when it is over.
  [[nodiscard]] Flight* find(FlightId id) noexcept;

  /// Appends the flight to those under way.
  void start(Flight& flight);
  /// Takes the flight out and frees it.
  void end(Flight& flight) noexcept;

  /// Those under way, in order of acceptance; null: none (left).
  [[nodiscard]] Flight* first() noexcept { return at(head_); }
  [[nodiscard]] Flight* after(const Flight& flight) noexcept { return at(flight.next); }
  /// The oldest that only Kafka has been given; null: none.
  [[nodiscard]] Flight* first_without_row() noexcept { return at(rowless_); }
  /// Every flight under way has been given to the spool.
  void all_have_rows() noexcept { rowless_ = Flight::nobody; }

  /// One more waits for `flight` besides its first.
  void join(Flight& flight, const Waiter& waiter);
  void defer(Flight& flight, std::unique_ptr<Submission> submission);
  void retry_later(Flight& flight, MonotonicTime when);

  /// The next flight whose first waiter's deadline has passed, each once; null: none.
  [[nodiscard]] Flight* next_expired(MonotonicTime now) noexcept;
  /// The next flight with somebody else whose deadline has passed, or with a first that overtook others; null: none.
  [[nodiscard]] Flight* next_joined_expired(MonotonicTime now) noexcept;
  /// The flights whose time to be published again has come.
  [[nodiscard]] std::vector<FlightId> take_due_retries(MonotonicTime now);

  [[nodiscard]] MonotonicTime deadline(const Waiter& waiter) const noexcept { return waiter.received + ack_deadline_; }

 private:
  struct Deadline {
    MonotonicTime when;
    FlightId flight;
  };
  struct Retry {
    MonotonicTime when;
    FlightId flight;
  };

  void watch(MonotonicTime when, FlightId flight);
  [[nodiscard]] Flight* at(std::uint32_t slot) noexcept { return slot == Flight::nobody ? nullptr : &slab_[slot]; }

  const TopicId topic_;
  const Duration ack_deadline_;
  std::deque<Flight> slab_;
  std::uint32_t free_ = Flight::nobody;
  std::uint32_t head_ = Flight::nobody;  // the oldest under way
  std::uint32_t tail_ = Flight::nobody;
  std::uint32_t expiring_ = Flight::nobody;  // the oldest whose first waiter's deadline has not passed
  std::uint32_t rowless_ = Flight::nobody;   // the oldest with its row in state `none`
  MonotonicTime latest_;                     // the latest deadline of a first so far
  std::deque<Deadline> joined_;              // in order of time; of flights that may be over
  std::vector<Retry> retries_;
};

}  // namespace hookferry::delivery
