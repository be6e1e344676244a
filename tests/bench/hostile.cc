// Clients that cost more than they bring, for hostile.py: one thread, many connections to 127.0.0.1.
//
//   hostile --kind KIND --port N --connections N [--rate N] [--tls 1]
//
//   idle     opens the connections, with --tls through the handshake, sends nothing and keeps them
//   half     sends the first half of a TLS greeting on each and waits
//   drip     sends a request a byte at a time, --rate bytes a second on each; when it is cut, begins anew
//   forge    sends requests with a wrong signature, --rate a second in all, each when it is due: a late answer delays
//            none but those of its own connection
//   hello    sends TLS greetings, --rate a second in all, each on a new connection, and leaves when it is answered
//   connect  opens connections, --rate a second in all, and leaves
//
// Prints "ready" when all connections are open, then works until its input ends, and prints one line of JSON: the
// seconds, how many were sent and how many of those due were not, and the answers by status ("closed": without one).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/common/arguments.h"
#include "tests/bench/common/measurement.h"

namespace hookferry::bench {
namespace {

[[noreturn]] void fail_errno(const char* what) {
  fail(std::string(what) + ": " + std::strerror(errno));
}

enum class Kind { idle, half, drip, forge, hello, connect };

struct Options {
  Kind kind = Kind::idle;
  std::uint16_t port = 0;
  std::size_t connections = 1;
  double rate = 1;
  bool tls = false;
};

Options parse(int argc, char** argv) {
  static const std::map<std::string, Kind> kinds{{"idle", Kind::idle},   {"half", Kind::half},
                                                 {"drip", Kind::drip},   {"forge", Kind::forge},
                                                 {"hello", Kind::hello}, {"connect", Kind::connect}};
  Arguments arguments(argc, argv);
  const auto kind = kinds.find(arguments.text("--kind"));
  if (kind == kinds.end()) fail("--kind is idle, half, drip, forge, hello or connect");
  Options options;
  options.kind = kind->second;
  options.port = static_cast<std::uint16_t>(arguments.count("--port", 0));
  options.connections = std::max<std::size_t>(1, arguments.count("--connections", options.connections));
  options.rate = arguments.number("--rate", options.rate);
  options.tls = arguments.count("--tls", 0) != 0;
  arguments.check_all_taken();
  return options;
}

/// The shape of a real one, with a signature that was made with another key.
std::string forged_request() {
  const std::string body =
      R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":"00000000-0000-0000","status":)"
      R"("COMPLETE","results":[{"model":{"id":"model-uuid","name":"Chair"}}]}})";
  return "POST /webhooks/glossi HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Glossi-Signature: " +
         std::string(64, 'a') + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

Context client_context() {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) fail("no TLS");
  return context;
}

/// What a client says first.
std::string greeting() {
  const Context context = client_context();
  const Session session(SSL_new(context.get()), SSL_free);
  BIO* const sent = BIO_new(BIO_s_mem());
  SSL_set_bio(session.get(), BIO_new(BIO_s_mem()), sent);
  SSL_connect(session.get());
  const char* bytes = nullptr;
  const long size = BIO_get_mem_data(sent, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

struct Client {
  int descriptor = -1;
  std::size_t dripped = 0;  // of the request
  bool waiting = false;     // for an answer
  std::size_t owed = 0;     // requests that are due behind it
  std::string answer;
};

class Hostile {
 public:
  explicit Hostile(const Options& options) : options_(options), clients_(options.connections) {
    if (options_.kind == Kind::forge || options_.kind == Kind::drip) request_ = forged_request();
    if (options_.kind == Kind::hello || options_.kind == Kind::half) request_ = greeting();
    if (options_.kind == Kind::half) request_.resize(request_.size() / 2);
  }

  void run() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1);  // else it wakes up to 50 µs late
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (!fresh()) open_all();
    std::puts("ready");
    std::fflush(stdout);
    const auto begin = Clock::now();
    work(begin);
    print(Seconds(Clock::now() - begin).count());
  }

 private:
  /// Each request on a connection of its own.
  [[nodiscard]] bool fresh() const { return options_.kind == Kind::hello || options_.kind == Kind::connect; }

  void open_all() {
    const Context context = client_context();
    for (Client& client : clients_) {
      open(client);
      if (options_.tls) {
        const Session session(SSL_new(context.get()), SSL_free);
        SSL_set_fd(session.get(), client.descriptor);
        if (SSL_connect(session.get()) != 1) fail("a handshake failed");
      }
      if (options_.kind == Kind::half) send(client, request_);
    }
  }

  void open(Client& client) {
    client.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client.descriptor < 0) fail_errno("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(client.descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail_errno("connect");
    const int on = 1;
    setsockopt(client.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Thousands of fresh connections a second would leave no port of this machine free otherwise.
    const linger reset{1, 0};
    if (fresh()) setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.descriptor, &event) != 0) fail_errno("epoll_ctl");
  }

  void leave(Client& client) {
    close(client.descriptor);
    client.descriptor = -1;
    client.dripped = 0;
    client.waiting = false;
    client.answer.clear();
  }

  static void send(const Client& client, std::string_view bytes) {
    [[maybe_unused]] const auto count =
        ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  /// One after the other gets its turn, each when it is due, until the input ends.
  void work(Clock::time_point begin) {
    const bool waits = options_.kind == Kind::idle || options_.kind == Kind::half;
    const double rate = options_.rate * (options_.kind == Kind::drip ? static_cast<double>(clients_.size()) : 1);
    for (std::uint64_t turns = 0; !input_ended();) {
      const auto now = Clock::now();
      while (!waits && begin + seconds(static_cast<double>(turns) / rate) <= now)
        take_turn(clients_[turns++ % clients_.size()]);
      receive(waits ? 100 : 1);
    }
  }

  static bool input_ended() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, 0) > 0;
  }

  void take_turn(Client& client) {
    if (client.waiting) {
      ++client.owed;
      return;
    }
    if (client.descriptor < 0) open(client);
    if (options_.kind == Kind::connect) {
      leave(client);
    } else if (options_.kind == Kind::drip) {
      send(client, std::string_view(request_).substr(client.dripped, 1));
      client.dripped = (client.dripped + 1) % request_.size();
    } else {
      send(client, request_);
      client.waiting = true;
    }
    ++sent_;
  }

  void receive(int milliseconds) {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_, events.data(), events.size(), milliseconds);
    if (count < 0 && errno != EINTR) fail_errno("epoll_wait");
    for (int i = 0; i < count; ++i) receive(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void receive(Client& client) {
    std::array<char, 4096> buffer;
    const ssize_t count = recv(client.descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      if (client.answer.empty()) ++answers_["closed"];
      leave(client);
    } else if (options_.kind == Kind::hello) {
      ++answers_["greeted"];
      leave(client);
    } else {
      client.answer.append(buffer.data(), static_cast<std::size_t>(count));
      if (!whole(client.answer)) return;
      ++answers_[client.answer.substr(9, 3)];
      if (options_.kind != Kind::forge) return;  // the end of the connection comes behind it
      client.answer.clear();
      client.waiting = false;
    }
    if (client.owed == 0) return;
    --client.owed;
    take_turn(client);
  }

  /// Every answer of hookferry has its length.
  static bool whole(const std::string& answer) {
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t field = answer.find("Content-Length: ");
    return head != std::string::npos && field < head &&
           answer.size() >= head + 4 + std::strtoul(answer.c_str() + field + 16, nullptr, 10);
  }

  void print(double elapsed) const {
    std::size_t owed = 0;
    for (const Client& client : clients_) owed += client.owed;
    std::printf(R"({"seconds":%.3f,"sent":%zu,"unsent":%zu,"answers":{)", elapsed, sent_, owed);
    const char* separator = "";
    for (const auto& [what, count] : answers_) {
      std::printf(R"(%s"%s":%zu)", separator, what.c_str(), count);
      separator = ",";
    }
    std::puts("}}");
  }

  const Options options_;
  std::string request_;
  std::vector<Client> clients_;
  int epoll_ = -1;
  std::size_t sent_ = 0;
  std::map<std::string, std::size_t> answers_;
};

}  // namespace
}  // namespace hookferry::bench

int main(int argc, char** argv) {
  hookferry::bench::Hostile(hookferry::bench::parse(argc, argv)).run();
}
