// Accepts connections and hands each to the loop that has the fewest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "hookferry/clock.h"
#include "http/descriptor.h"
#include "http/listener.h"
#include "http/services.h"

namespace hookferry::http {

class Loop;

/// Lives on the first loop's thread; `close` alone is thread-safe. Shared and loops must outlive it.
class Acceptor {
 public:
  Acceptor(Listener listener, Shared& shared, const std::vector<std::unique_ptr<Loop>>& loops);

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port; }
  /// From now on clients can connect. Before the loops start.
  [[nodiscard]] Result<void> listen() { return start_listening(listener_); }
  /// Has the epoll instance tell of connections under this key.
  void watch(int epoll, std::uint64_t key);
  /// Takes a bounded number of connections. An error never ends accepting: it is counted, and where the process or the
  /// machine is short of something (descriptors, memory), accepting pauses for a moment instead of spinning.
  void accept_batch(MonotonicTime now);
  /// To be called once in each turn: resumes after a pause, closes when asked to.
  void turn(MonotonicTime now);
  /// When a pause ends.
  [[nodiscard]] std::optional<MonotonicTime> resumes_at() const noexcept { return resumes_at_; }
  /// Asks for the listener to be closed at the next turn, after what has connected already was accepted.
  void close() noexcept { closing_.store(true, std::memory_order_release); }
  /// Closes it now, when the loop ends.
  void abandon() noexcept {
    listener_.socket = Descriptor();
    open_.store(false, std::memory_order_release);
  }
  /// Thread-safe.
  [[nodiscard]] bool open() const noexcept { return open_.load(std::memory_order_acquire); }

 private:
  /// False when nobody waits to be accepted.
  bool accept_one(MonotonicTime now);
  [[nodiscard]] std::optional<ConnectionRejection> admit(const IpAddress& peer, AddressCap::Seat& seat);
  [[nodiscard]] bool near_limit() const noexcept;
  void make_room();
  void turn_away(Descriptor socket, ConnectionRejection reason);
  void pause(int code, MonotonicTime now);
  Loop& least_loaded();

  Listener listener_;
  Shared& shared_;
  const std::vector<std::unique_ptr<Loop>>& loops_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> open_{true};
  int epoll_ = -1;  // not owned
  std::uint64_t key_ = 0;
  std::size_t next_loop_ = 0;
  std::optional<MonotonicTime> resumes_at_;
  bool failing_ = false;  // the last try failed: said once in the log, not at each try
};

}  // namespace hookferry::http
