#include "http/capture.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "http/framing.h"
#include "http/listener.h"
#include "http/response.h"

namespace hookferry::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int glance_ms = 100;
constexpr std::size_t max_head = 64 << 10;
constexpr std::size_t max_headers = 200;
constexpr Duration linger = std::chrono::seconds(1);

/// One client, until its request is complete, refused or given up.
class Visit {
 public:
  Visit(Descriptor socket, std::string address, const Capture::Options& options)
      : socket_(std::move(socket)),
        address_(std::move(address)),
        options_(options),
        limits_{options.max_body, max_head, max_headers},
        deadline_(SteadyClock::now() + options.patience) {}

  /// Nothing where it was no POST that can be read; then it has its answer, and `note` was told.
  std::optional<CapturedRequest> take() {
    for (;;) {
      switch (framer_.advance(bytes_, limits_, head_)) {
        case Framer::Step::complete:
          return completed();
        case Framer::Step::refused:
          note(cat("a request that is refused: ", framer_.refusal().hint));
          answer(refusal_answer(framer_.refusal()));
          return std::nullopt;
        case Framer::Step::head:
          if (head_.expects_continue && framer_.body_untouched()) write("HTTP/1.1 100 Continue\r\n\r\n");
          break;
        case Framer::Step::more:
          break;
      }
      bytes_.resize(framer_.kept());
      if (!read()) return std::nullopt;
    }
  }

 private:
  std::optional<CapturedRequest> completed() {
    if (head_.method != "POST") {
      note(cat("a ", printable(head_.method, 20), " of ", printable(head_.path, 80), ", told 405"));
      answer(method_not_allowed(Route{}));
      return std::nullopt;
    }
    CapturedRequest request;
    const std::string_view body = framer_.body(bytes_);
    request.head = std::string_view(bytes_).substr(0, static_cast<std::size_t>(body.data() - bytes_.data()));
    request.body = body;
    request.method = head_.method;
    request.path = head_.path;
    for (const auto& [name, value] : head_.headers) request.headers.emplace_back(name, value);
    request.address = address_;
    answer(options_.answer(request));
    return request;
  }

  /// False at the end, at the deadline, or when told to stop.
  bool read() {
    while (SteadyClock::now() < deadline_ && !options_.stop()) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, glance_ms) <= 0) continue;
      const std::size_t size = bytes_.size();
      bytes_.resize(size + (16 << 10));
      const ssize_t got = ::recv(socket_.get(), bytes_.data() + size, bytes_.size() - size, 0);
      bytes_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got > 0) return true;
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (!bytes_.empty()) note("a request that ended before it was whole");
      return false;
    }
    if (SteadyClock::now() >= deadline_ && !bytes_.empty()) {
      note("a request that did not come in whole in time, told 408");
      answer(refusal_answer({408, "the request did not come in whole in time"}));
    }
    return false;
  }

  void write(std::string_view text) {
    while (!text.empty() && SteadyClock::now() < deadline_ + linger) {
      const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno != EAGAIN && errno != EINTR) {
        return;  // the client is gone: nobody is there to be told
      } else {
        pollfd ready{socket_.get(), POLLOUT, 0};
        ::poll(&ready, 1, glance_ms);
      }
    }
  }

  /// Reads on for a moment: closing with unread bytes would take the answer away from the client.
  void answer(const Answer& text) {
    std::string out;
    render(out, text, http_date(std::chrono::system_clock::now()), Persistence::close, true);
    write(out);
    ::shutdown(socket_.get(), SHUT_WR);
    const auto end = SteadyClock::now() + linger;
    char rest[4096];
    while (SteadyClock::now() < end) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, glance_ms) > 0 && ::recv(socket_.get(), rest, sizeof rest, 0) <= 0) return;
    }
  }

  void note(std::string_view what) { options_.note(cat("from ", address_, ": ", what)); }

  Descriptor socket_;
  std::string address_;
  const Capture::Options& options_;
  FramingLimits limits_;
  SteadyClock::time_point deadline_;
  Framer framer_;
  Head head_;
  std::string bytes_;
};

}  // namespace

struct Capture::State {
  Listener listener;
};

Capture::Capture(std::unique_ptr<State> state) : state_(std::move(state)) {}
Capture::~Capture() = default;

Result<std::unique_ptr<Capture>> Capture::open(std::string_view address) {
  auto listener = bind_listener(address);
  if (!listener) return listener.error();
  if (auto listening = start_listening(*listener); !listening) return listening.error();
  return std::unique_ptr<Capture>(new Capture(std::make_unique<State>(State{std::move(*listener)})));
}

std::uint16_t Capture::port() const noexcept {
  return state_->listener.port;
}

Result<CapturedRequest> Capture::take(const Options& options) {
  while (!options.stop()) {
    pollfd ready{state_->listener.socket.get(), POLLIN, 0};
    if (::poll(&ready, 1, glance_ms) <= 0) continue;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Descriptor socket(::accept4(ready.fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
      return error(cat("cannot take a connection: ", std::generic_category().message(errno)));
    }
    if (!socket) continue;  // it went away before it was taken
    if (auto request = Visit(std::move(socket), peer_address(peer).text(), options).take()) return std::move(*request);
  }
  return error("stopped before a request came");
}

}  // namespace hookferry::http
