// The benchmark's load generator: one thread, N keep-alive connections to 127.0.0.1, each posts a signed event that was
// never sent before, waits for its answer, checks it, and posts the next (a closed loop).
//
//   load --port N --path /webhooks/glossi --secret S --connections N --warmup SECONDS --seconds SECONDS --expect TEXT
//
// Prints "measuring" when the warm-up is over and one line of JSON the moment the measured time is, so that who started
// it can take the servers' CPU time at both. Exit 1 when an answer was not 200 with TEXT in its body.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "load: %s\n", message.c_str());
  std::exit(2);
}

[[noreturn]] void fail_errno(const char* what) {
  fail(std::string(what) + ": " + std::strerror(errno));
}

struct Options {
  std::uint16_t port = 0;
  std::string path = "/";
  std::string secret;
  std::string expect;
  std::size_t connections = 1;
  double warmup = 1;
  double seconds = 5;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) fail("no value after " + std::string(name));
    const std::string value = argv[i + 1];
    if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoul(value));
    } else if (name == "--path") {
      options.path = value;
    } else if (name == "--secret") {
      options.secret = value;
    } else if (name == "--expect") {
      options.expect = value;
    } else if (name == "--connections") {
      options.connections = std::stoul(value);
    } else if (name == "--warmup") {
      options.warmup = std::stod(value);
    } else if (name == "--seconds") {
      options.seconds = std::stod(value);
    } else {
      fail("unknown option " + std::string(name));
    }
  }
  if (options.port == 0 || options.secret.empty() || options.connections == 0) fail("--port, --secret, --connections");
  return options;
}

/// Renders requests, each with a job id and so a signature of its own.
class Requests {
 public:
  Requests(const std::string& path, const std::string& secret) : path_(path), run_(std::random_device{}()) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(mac_.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), parameters) !=
        1) {
      fail("HMAC-SHA256 is not to be had from OpenSSL");
    }
  }

  void render_next(std::string& out) {
    char id[40];
    std::snprintf(id, sizeof id, "%08x-%016llx", run_, static_cast<unsigned long long>(++count_));
    body_.assign(R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":")");
    body_.append(id);
    body_.append(R"(","status":"COMPLETE","results":[{"model":{"id":"model-uuid","name":"Chair"},)"
                 R"("project":{"id":"project-uuid","name":"Chair Project"}}]}})");
    out.assign("POST ").append(path_).append(
        " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: hookferry-bench\r\nAccept: */*\r\nContent-Type: "
        "application/json\r\n"
        "X-Glossi-Signature: ");
    append_signature(out);
    out.append("\r\nContent-Length: ").append(std::to_string(body_.size())).append("\r\n\r\n").append(body_);
  }

 private:
  void append_signature(std::string& out) {
    unsigned char digest[32];
    std::size_t size = 0;
    EVP_MAC_init(mac_.get(), nullptr, 0, nullptr);  // the key as before
    EVP_MAC_update(mac_.get(), reinterpret_cast<const unsigned char*>(body_.data()), body_.size());
    EVP_MAC_final(mac_.get(), digest, &size, sizeof digest);
    for (const unsigned char byte : digest) {
      out.push_back("0123456789abcdef"[byte >> 4]);
      out.push_back("0123456789abcdef"[byte & 15]);
    }
  }

  std::string path_;
  std::uint32_t run_;
  std::uint64_t count_ = 0;
  std::string body_;
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> mac_{nullptr, EVP_MAC_CTX_free};
};

struct Connection {
  int descriptor = -1;
  std::string request;
  std::string response;
  Clock::time_point begin;
  bool waiting = false;  // for an answer
};

/// What an answer is made of, once it is there in full.
struct Answer {
  int status = 0;
  std::string_view body;
  std::size_t size = 0;  // of head and body
};

/// False while it is not complete.
bool read_answer(const std::string& text, Answer& answer) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  constexpr std::string_view name = "\r\ncontent-length:";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(head);
  const auto field = std::search(text.begin(), end, name.begin(), name.end(), same);
  if (field == end || text.size() < 12) fail("an answer without Content-Length:\n" + text);
  const std::size_t length = std::strtoul(&*field + name.size(), nullptr, 10);
  answer.size = head + 4 + length;
  if (text.size() < answer.size) return false;
  answer.status = std::atoi(text.c_str() + 9);
  answer.body = std::string_view(text).substr(head + 4, length);
  return true;
}

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)), requests_(options_.path, options_.secret) {}

  /// The exit code.
  int run() {
    connect_all();
    for (Connection& connection : connections_) post(connection);
    serve_until(Clock::now() + seconds(options_.warmup));
    latencies_.clear();
    errors_.clear();
    std::puts("measuring");
    std::fflush(stdout);
    const auto begin = Clock::now();
    const double cpu = own_cpu_seconds();
    serve_until(begin + seconds(options_.seconds));
    print(Seconds(Clock::now() - begin).count(), own_cpu_seconds() - cpu);
    stopping_ = true;
    serve_until(Clock::now() + std::chrono::seconds(5));
    return errors_.empty() ? 0 : 1;
  }

 private:
  static Clock::duration seconds(double value) { return std::chrono::duration_cast<Clock::duration>(Seconds(value)); }

  static double own_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
  }

  void connect_all() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(options_.connections);
    for (Connection& connection : connections_) connect(connection);
  }

  void connect(Connection& connection) {
    connection.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.descriptor < 0) fail_errno("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      fail_errno("connect");
    const int on = 1;
    setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) fail_errno("epoll_ctl");
  }

  /// A request is smaller than any socket's buffer and the answer to the one before it is there: one write takes it
  /// all.
  void post(Connection& connection) {
    requests_.render_next(connection.request);
    connection.response.clear();
    connection.waiting = true;
    ++waiting_;
    connection.begin = Clock::now();
    const ssize_t written =
        send(connection.descriptor, connection.request.data(), connection.request.size(), MSG_NOSIGNAL);
    if (written != static_cast<ssize_t>(connection.request.size())) lost(connection);
  }

  void serve_until(Clock::time_point end) {
    epoll_event events[256];
    while (!stopping_ || waiting_ > 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0) return;
      const int count = epoll_wait(epoll_, events, 256, static_cast<int>(left));
      if (count < 0 && errno != EINTR) fail_errno("epoll_wait");
      for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
    }
  }

  void receive(Connection& connection) {
    char buffer[4096];
    const ssize_t count = recv(connection.descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return lost(connection);
    connection.response.append(buffer, static_cast<std::size_t>(count));
    Answer answer;
    if (!read_answer(connection.response, answer)) return;
    latencies_.push_back(std::chrono::duration<float, std::micro>(Clock::now() - connection.begin).count());
    check(answer, connection);
    connection.waiting = false;
    --waiting_;
    if (!stopping_) post(connection);
  }

  void check(const Answer& answer, const Connection& connection) {
    if (answer.status != 200) {
      ++errors_[std::to_string(answer.status)];
    } else if (answer.body.find(options_.expect) == std::string_view::npos ||
               answer.size != connection.response.size()) {
      ++errors_["unexpected"];
    }
  }

  /// The server closed or reset the connection: counted, and a new one takes its place.
  void lost(Connection& connection) {
    close(connection.descriptor);
    if (connection.waiting) {
      connection.waiting = false;
      --waiting_;
      ++errors_["connection lost"];
    }
    if (stopping_) return;
    connect(connection);
    post(connection);
  }

  [[nodiscard]] double percentile(double part) const {
    return latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))] / 1000.0;
  }

  void print(double elapsed, double cpu) {
    if (latencies_.empty()) fail("no answer at all in the measured time");
    const auto answers = static_cast<double>(latencies_.size());
    std::sort(latencies_.begin(), latencies_.end());
    std::printf(R"({"requests":%zu,"seconds":%.3f,"per_second":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f,)"
                R"("max_ms":%.3f,"load_cpu_us":%.2f,"sign_us":%.2f,"errors":{)",
                latencies_.size(), elapsed, answers / elapsed, percentile(0.5), percentile(0.99), percentile(0.999),
                percentile(1), cpu * 1e6 / answers, sign_us());
    const char* separator = "";
    for (const auto& [what, count] : errors_) {
      std::printf(R"(%s"%s":%zu)", separator, what.c_str(), count);
      separator = ",";
    }
    std::puts("}}");
    std::fflush(stdout);
  }

  /// What rendering and signing one request costs: part of load_cpu_us.
  double sign_us() {
    constexpr int rounds = 2000;
    std::string request;
    const auto begin = Clock::now();
    for (int i = 0; i < rounds; ++i) requests_.render_next(request);
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / rounds;
  }

  Options options_;
  Requests requests_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<float> latencies_;  // microseconds, of all answers in the measured time
  std::map<std::string, std::size_t> errors_;
};

}  // namespace

int main(int argc, char** argv) {
  return Load(parse(argc, argv)).run();
}
