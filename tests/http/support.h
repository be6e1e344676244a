// What the tests of this room share: a front on a free port with a recording telemetry, and a small blocking client.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.h"
#include "http/descriptor.h"
#include "http/front.h"
#include "http/tls.h"

namespace hookferry::http::testing {

/// A log whose lines go nowhere.
struct SilentLog {
  Descriptor null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log{LogOptions{.descriptor = null.get()}};
};

/// Waits, bounded, until `condition` holds: for what another thread does without telling.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

struct RecordingTelemetry final : Telemetry {
  struct Answered {
    SourceId source;
    int code;
    friend bool operator==(const Answered&, const Answered&) = default;
  };
  void answered(SourceId source, int code, Duration duration) noexcept override {
    const std::lock_guard lock(mutex);
    answers.push_back({source, code});
    longest = std::max(longest, duration);
    shortest = std::min(shortest, duration);
  }
  void rejected(SourceId, Rejection) noexcept override {}
  void event(SourceId, EventId, EventOutcome) noexcept override {}
  void secret_matched(SourceId, std::size_t) noexcept override {}
  void delivered(TopicId, Duration) noexcept override {}
  void publish_failed(TopicId, PublishFailure) noexcept override {}
  void connection_rejected(ConnectionRejection reason) noexcept override {
    const std::lock_guard lock(mutex);
    rejections.push_back(reason);
  }
  void spool_committed(Duration) noexcept override {}
  void spool_failed() noexcept override {}
  std::vector<Answered> all() {
    const std::lock_guard lock(mutex);
    return answers;
  }
  std::size_t rejections_of(ConnectionRejection reason) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::count(rejections.begin(), rejections.end(), reason));
  }

  std::mutex mutex;
  std::vector<Answered> answers;
  std::vector<ConnectionRejection> rejections;
  Duration longest{};
  Duration shortest = std::chrono::hours(1);
};

struct Response {
  int status = 0;  // 0: the stream ended, or was reset, before an answer
  std::string head;
  std::string body;
  [[nodiscard]] std::string header(std::string name) const {
    name = "\r\n" + name + ": ";
    const std::size_t at = head.find(name);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size();
    return head.substr(begin, head.find('\r', begin) - begin);
  }
};

/// A blocking client: every wait is bounded, so that a failing test ends.
class Client {
 public:
  /// `from`: the address of this machine that it connects from; the loopback interface has all of 127.0.0.0/8.
  explicit Client(std::uint16_t port, int receive_buffer = 0, const char* from = nullptr) {
    socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0) setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval limit{20, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (from != nullptr) {
      inet_pton(AF_INET, from, &address.sin_addr);
      EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  virtual ~Client() = default;
  Client(Client&&) = default;
  Client& operator=(Client&&) = default;
  [[nodiscard]] bool connected() const { return connected_; }

  /// As much as the other side takes; false when it has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(bytes);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// The next response; one to HEAD has no body.
  Response receive(bool to_head = false) {
    Response response;
    std::size_t end;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_more()) return response;
    }
    response.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    response.status = std::stoi(response.head.substr(9, 3));
    const std::string length = response.header("Content-Length");
    const std::size_t size = to_head || length.empty() ? 0 : std::stoul(length);
    while (received_.size() < size) {
      if (!receive_more()) return response;
    }
    response.body = received_.substr(0, size);
    received_.erase(0, size);
    return response;
  }
  Response exchange(std::string_view request) {
    send(request);
    return receive();
  }
  /// All that comes; whether the stream then ends in order, not by a reset.
  bool receive_to_the_end(std::string& bytes) {
    ssize_t count;
    while ((count = receive_some()) > 0) continue;
    bytes = std::exchange(received_, {});
    return count == 0;
  }
  /// Whether the stream ends here, in order (not by a reset), with nothing before its end.
  bool ended() {
    char byte;
    return received_.empty() && read({&byte, 1}) == 0;
  }
  /// Whether nothing is there to be read now.
  [[nodiscard]] bool silent() const {
    pollfd poll_socket{socket_.get(), POLLIN, 0};
    return received_.empty() && ::poll(&poll_socket, 1, 0) == 0;
  }
  virtual void finish() { ::shutdown(socket_.get(), SHUT_WR); }
  /// From now on each piece that is sent is on its way at once.
  void send_at_once() {
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  /// Closes with a reset.
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_ = Descriptor();
  }

 protected:
  [[nodiscard]] int socket() const { return socket_.get(); }
  virtual ssize_t write(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// 0: the stream has ended in order.
  virtual ssize_t read(std::span<char> bytes) { return ::recv(socket_.get(), bytes.data(), bytes.size(), 0); }

 private:
  bool receive_more() { return receive_some() > 0; }
  ssize_t receive_some() {
    char bytes[16384];
    const ssize_t count = read(bytes);
    if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
    return count;
  }

  Descriptor socket_;
  bool connected_ = false;
  std::string received_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view headers = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// What a handler was given, kept.
struct Seen {
  std::size_t route = 0;
  std::string method;
  std::string path;
  std::string body;
  std::string address;
  std::vector<std::pair<std::string, std::string>> headers;
  Ticket ticket;
};

/// A front with these routes: /echo answers with the body, /held holds, /throw throws, /get takes GET and answers
/// `page`.
class FrontTest : public ::testing::Test {
 protected:
  static constexpr SourceId echo_source = 1;
  static constexpr SourceId held_source = 2;

  void start(Limits limits = {}, std::size_t loops = 1) {
    FrontOptions options{.listen = "127.0.0.1:0", .loops = loops, .limits = limits, .tls = tls_};
    auto result = Front::bind(
        options,
        {{"/echo", "POST", echo_source}, {"/held", "POST", held_source}, {"/throw", "POST", 3}, {"/get", "GET"}},
        [this](std::size_t) {
          return [this](std::size_t route, const Request& request) { return handle(route, request); };
        },
        *clock_, telemetry_, log_.log);
    ASSERT_TRUE(result) << result.error().message;
    front_ = std::move(*result);
    const auto serving = front_->serve();
    ASSERT_TRUE(serving) << serving.error().message;
  }
  Client connect(const char* from = nullptr) {
    Client client(front_->port(), 0, from);
    EXPECT_TRUE(client.connected());
    return client;
  }
  /// Waits for the next request that a handler got.
  Seen next_seen() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(arrived_.wait_for(lock, std::chrono::seconds(20), [&] { return !seen_.empty(); }));
    if (seen_.empty()) return {};
    Seen seen = std::move(seen_.front());
    seen_.pop_front();
    return seen;
  }
  static Answer answer(std::string body, int status = 200) {
    Answer result;
    result.status = status;
    result.body = std::move(body);
    return result;
  }

  std::optional<Answer> handle(std::size_t route, const Request& request) {
    Seen seen{route,
              std::string(request.method),
              std::string(request.path),
              std::string(request.body),
              request.address.text(),
              {},
              request.ticket};
    for (const auto& [name, value] : request.headers) seen.headers.emplace_back(name, value);
    if (before_return_) before_return_(request);
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(std::move(seen));
    }
    arrived_.notify_all();
    if (route == 1) return std::nullopt;
    if (route == 2) throw std::runtime_error("a secret of ours");
    return answer(route == 3 ? page_ : std::string(request.body));
  }

  SystemClock system_clock_;
  const Clock* clock_ = &system_clock_;
  RecordingTelemetry telemetry_;
  SilentLog log_;
  std::shared_ptr<Tls> tls_;  // null: plain
  std::string page_ = "a page";
  std::function<void(const Request&)> before_return_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Seen> seen_;
  std::unique_ptr<Front> front_;  // last: its threads use the rest
};

}  // namespace hookferry::http::testing
