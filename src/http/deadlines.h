// What a loop waits for at most: every time-out is a constant, so one list per kind, in order of arrival, is in order
// of time as well. Arming and disarming are a few pointer writes; nothing is allocated.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hookferry/clock.h"

namespace hookferry::http {

class Connection;

enum class DeadlineKind : std::uint8_t {
  none,
  idle,       // a first byte of a request, or of a handshake
  handshake,  // of TLS, from its first byte on
  request,    // from a request's first byte to its last
  write,      // an answer that the client does not read
  linger,     // what a client still sends after the answer that closes its connection
};
inline constexpr std::size_t deadline_kinds = 6;

/// A place in one of the lists; a member of the connection.
struct Deadline {
  Deadline* previous = this;
  Deadline* next = this;
  MonotonicTime at{};
  DeadlineKind kind = DeadlineKind::none;
  Connection* connection = nullptr;

  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { disarm(); }

  void disarm() noexcept {
    previous->next = next;
    next->previous = previous;
    previous = next = this;
    kind = DeadlineKind::none;
  }
};

/// The lists of one loop. Not thread-safe.
class Deadlines {
 public:
  Deadlines(Duration idle, Duration request, Duration linger)
      : after_{Duration::zero(), idle, request, request, request, linger} {}

  void arm(Deadline& deadline, DeadlineKind kind, MonotonicTime now) noexcept {
    deadline.disarm();
    Deadline& list = lists_[static_cast<std::size_t>(kind)];
    deadline.previous = list.previous;
    deadline.next = &list;
    list.previous->next = &deadline;
    list.previous = &deadline;
    deadline.at = now + after_[static_cast<std::size_t>(kind)];
    deadline.kind = kind;
  }
  /// When the next one is due.
  [[nodiscard]] std::optional<MonotonicTime> next() const noexcept {
    std::optional<MonotonicTime> earliest;
    for (const Deadline& list : lists_) {
      if (list.next != &list && (!earliest || list.next->at < *earliest)) earliest = list.next->at;
    }
    return earliest;
  }
  /// The one that has waited for the longest for its deadline of that kind, or null.
  [[nodiscard]] const Deadline* oldest(DeadlineKind kind) const noexcept {
    const Deadline& list = lists_[static_cast<std::size_t>(kind)];
    return list.next == &list ? nullptr : list.next;
  }
  /// One that is due at `now`, or null.
  [[nodiscard]] Connection* due(MonotonicTime now) noexcept {
    for (Deadline& list : lists_) {
      if (list.next != &list && list.next->at <= now) return list.next->connection;
    }
    return nullptr;
  }

 private:
  std::array<Duration, deadline_kinds> after_;
  std::array<Deadline, deadline_kinds> lists_;
};

}  // namespace hookferry::http
