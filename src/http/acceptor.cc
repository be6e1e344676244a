#include "http/acceptor.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "http/loop.h"
#include "http/response.h"

namespace hookferry::http {
namespace {

constexpr int batch = 64;
constexpr int whole_backlog = 8192;     // more than listen() lets wait
constexpr std::size_t free_share = 16;  // a sixteenth of max_connections is kept free
constexpr auto pause_after_error = std::chrono::milliseconds(100);

}  // namespace

Acceptor::Acceptor(Listener listener, Shared& shared, const std::vector<std::unique_ptr<Loop>>& loops)
    : listener_(std::move(listener)), shared_(shared), loops_(loops) {}

void Acceptor::watch(int epoll, std::uint64_t key) {
  epoll_ = epoll;
  key_ = key;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener_.socket.get(), &event);
}

void Acceptor::accept_batch(MonotonicTime now) {
  for (int i = 0; i < batch && listener_.socket && !resumes_at_; ++i) {
    // Whoever is closed for a newcomer is gone with the end of the turn, not before.
    if (!accept_one(now) || near_limit()) return;
  }
}

bool Acceptor::accept_one(MonotonicTime now) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Descriptor socket(
      accept4(listener_.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    const int code = errno;
    if (code == EAGAIN || code == EWOULDBLOCK) return false;
    // Of that one connection: it was gone before it was accepted (accept(2) lists what Linux passes on here).
    constexpr std::array passing{EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                                 EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
    for (const int known : passing) {
      if (code == known) return true;
    }
    pause(code, now);
    return true;
  }
  failing_ = false;
  const IpAddress peer = peer_address(address);
  AddressCap::Seat seat;
  if (const auto reason = admit(peer, seat)) {
    turn_away(std::move(socket), *reason);
  } else {
    least_loaded().adopt({std::move(socket), peer, std::move(seat)});
  }
  return true;
}

/// Why it may not come in, if so.
std::optional<ConnectionRejection> Acceptor::admit(const IpAddress& peer, AddressCap::Seat& seat) {
  if (!shared_.trusts(peer)) {
    auto taken = shared_.addresses.enter(peer);
    if (!taken) return ConnectionRejection::address_limit;
    seat = std::move(*taken);
  }
  if (near_limit()) make_room();
  if (shared_.connections.load(std::memory_order_relaxed) >= shared_.limits.max_connections) {
    return ConnectionRejection::limit;
  }
  return std::nullopt;
}

bool Acceptor::near_limit() const noexcept {
  const std::size_t most = shared_.limits.max_connections;
  return shared_.connections.load(std::memory_order_relaxed) >= most - most / free_share;
}

/// Has the connection closed, soon, that has been idle for the longest.
void Acceptor::make_room() {
  const auto loop = std::ranges::min_element(loops_, {}, [](const auto& each) { return each->idle_until(); });
  (*loop)->close_an_idle_one();
}

/// Over a limit: says so if the client takes it at once, where that is plain, and closes.
void Acceptor::turn_away(Descriptor socket, ConnectionRejection reason) {
  shared_.telemetry.connection_rejected(reason);
  if (shared_.tls.get()) return;  // a handshake for it would cost more than it is worth
  std::string bytes;
  render(bytes, unavailable(), http_date(shared_.clock.wall()), Persistence::close, true);
  [[maybe_unused]] auto count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  // Bytes that were not read would turn the end of the stream into a reset, and the answer might not be seen.
  std::array<char, 4096> unread;
  count = ::recv(socket.get(), unread.data(), unread.size(), MSG_DONTWAIT);
}

void Acceptor::pause(int code, MonotonicTime now) {
  shared_.telemetry.connection_rejected(ConnectionRejection::accept_error);
  if (!std::exchange(failing_, true)) {
    shared_.log.warn(cat("http: cannot accept connections on port ", listener_.port, ": ",
                         std::generic_category().message(code),
                         "; trying again every 100 ms. Raise the limit of open files (ulimit -n) or lower "
                         "http.max_connections"));
  }
  resumes_at_ = now + pause_after_error;
  epoll_event event{};
  event.data.u64 = key_;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_.socket.get(), &event);
}

void Acceptor::turn(MonotonicTime now) {
  if (!listener_.socket) return;
  if (closing_.load(std::memory_order_acquire)) {
    // Whoever is in the backlog has connected: closing the listener would reset them.
    resumes_at_.reset();
    for (int i = 0; i < whole_backlog && !resumes_at_; ++i) {
      if (!accept_one(now)) break;
    }
    resumes_at_.reset();
    abandon();
    return;
  }
  if (resumes_at_ && *resumes_at_ <= now) {
    resumes_at_.reset();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key_;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_.socket.get(), &event);
  }
}

Loop& Acceptor::least_loaded() {
  // Counting starts behind the last choice, so that equals take turns.
  std::size_t best = next_loop_ % loops_.size();
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    const std::size_t other = (next_loop_ + i) % loops_.size();
    if (loops_[other]->connections() < loops_[best]->connections()) best = other;
  }
  next_loop_ = best + 1;
  return *loops_[best];
}

}  // namespace hookferry::http
