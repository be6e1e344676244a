// An event loop: the connections of one thread, their events, deadlines and answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "hookferry/answer.h"
#include "http/connection.h"
#include "http/descriptor.h"
#include "http/services.h"

namespace hookferry::http {

class Acceptor;

/// `post`, `adopt`, `close_an_idle_one`, `idle_until`, `wake` and `connections` are thread-safe; all else happens on
/// its own thread, between start and join.
class Loop {
 public:
  /// `shared` must outlive it. Fails where the process has no descriptor left.
  static Result<std::unique_ptr<Loop>> create(std::uint32_t index, Shared& shared, Handler handler);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Starts the thread. A loop with an acceptor accepts for all.
  void start(Acceptor* acceptor);
  /// Waits for the thread, which ends when `Shared::stopping` is set and it was woken.
  void join();

  /// Takes an answer to a request that one of its connections holds.
  void post(const Ticket& ticket, Answer answer);
  /// Takes over a connection; `Shared::connections` and its own count include it from now on.
  void adopt(Newcomer newcomer);
  /// Closes, soon, the one of its connections that has been idle for the longest, if there is one.
  void close_an_idle_one() noexcept;
  /// When that one would be closed for it anyway, as of the last turn; the end of time where there is none.
  [[nodiscard]] MonotonicTime idle_until() const noexcept { return idle_until_.load(std::memory_order_relaxed); }
  void wake() noexcept;
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;  // tells an event for a connection that was here before
    bool queued = false;
    bool starved = false;
    bool signs = false;
    bool watches_writing = false;
  };
  struct Mail {
    Ticket ticket;
    Answer answer;
  };

  Loop(std::uint32_t index, Shared& shared, Handler handler, Descriptor epoll, Descriptor event);
  void run();
  [[nodiscard]] int patience() const;
  void dispatch(std::uint64_t key, std::uint32_t events);
  void take_mail();
  void welcome(Newcomer newcomer);
  void run_queued();
  void feed_starved();
  void sign();
  void expire();
  void close_idle();
  void make_room();
  void bound_handshakes();
  void settle(std::uint32_t slot, Connection::Next next);
  void destroy(std::uint32_t slot);
  void clear();

  Shared& shared_;
  Services services_;
  Descriptor epoll_;
  Descriptor event_;
  Acceptor* acceptor_ = nullptr;
  std::thread thread_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> room_wanted_{0};  // connections to close
  std::atomic<MonotonicTime> idle_until_{MonotonicTime::max()};

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> queued_;   // slots with more to do, in the next turn
  std::vector<std::uint32_t> starved_;  // slots that wait for room in the budget
  std::deque<std::uint32_t> signing_;   // slots whose TLS handshake waits for its signature, in order of arrival
  std::vector<std::uint32_t> turn_;     // the ones of this turn

  std::mutex mutex_;
  std::vector<Mail> mail_;           // under mutex_
  std::vector<Newcomer> newcomers_;  // under mutex_
  std::vector<Mail> read_mail_;
  bool closed_idle_ = false;
};

}  // namespace hookferry::http
