// A whole bridge in this process, on the embedded broker, and a client with real sockets.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/bridge.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "http/client.h"
#include "kafka/consumer.h"
#include "senders/presets.h"
#include "senders/verifier.h"

namespace hookferry::component {

inline constexpr std::string_view secret = "a secret for component tests";
/// How long a test waits for what must come: a bound for failing, never for passing.
inline constexpr Duration patience = std::chrono::seconds(30);

/// How many partitions the embedded broker gives a topic.
inline constexpr int embedded_partitions = 4;

inline std::string job(std::string_view id, std::string_view event = "job.complete", std::string_view more = "1") {
  return cat(R"({"event":")", event, R"(","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":")", id, R"(","n":)",
             more, "}}");
}

/// One connection, on which requests are sent and answers read as the test says.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval timeout{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool connected() const noexcept { return connected_; }

  void send_event(std::string_view body, std::string_view key = secret) {
    const std::string request =
        cat("POST /webhooks/glossi HTTP/1.1\r\nHost: test\r\nX-Glossi-Signature: ", senders::sign(key, body),
            "\r\nContent-Type: application/json\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
    ASSERT_EQ(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  }

  /// The next answer: its status, with the head and the body; status 0 when the connection ended.
  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    [[nodiscard]] std::string says() const {
      for (const std::string_view word : {"accepted", "duplicate", "quarantined", "unavailable", "unauthorized"}) {
        if (body.find(cat("\"", word, "\"")) != std::string::npos) return std::string(word);
      }
      return cat("status ", status);
    }
  };
  [[nodiscard]] Answer read_answer() {
    Answer answer;
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return answer;
    }
    answer.head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    const std::size_t at = answer.head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + 16));
    while (buffer_.size() < length) {
      if (!receive()) return answer;
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
  }
  [[nodiscard]] Answer post(std::string_view body, std::string_view key = secret) {
    send_event(body, key);
    return read_answer();
  }

 private:
  bool receive() {
    char bytes[4096];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
  int socket_;
  bool connected_ = false;
  std::string buffer_;
};

class BridgeTest : public testing::Test {
 protected:
  BridgeTest() : sink_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {}
  ~BridgeTest() override {
    bridge_.reset();
    log_.reset();
    ::close(sink_);
  }

  [[nodiscard]] static config::Config config() {
    config::Config out;
    out.kafka.embedded = true;
    out.http.listen = "127.0.0.1:0";
    out.http.threads = 2;
    out.admin.listen = "127.0.0.1:0";
    for (const std::string_view preset : senders::preset_names()) {
      config::Source source;
      source.name = preset;
      source.preset = preset;
      source.path = cat("/webhooks/", preset);
      source.secrets.push_back({"test", std::string(secret)});
      out.sources.push_back(std::move(source));
    }
    return out;
  }

  void start(config::Config config = BridgeTest::config(), int log_descriptor = -1) {
    LogOptions options;
    options.descriptor = log_descriptor < 0 ? sink_ : log_descriptor;
    log_ = std::make_unique<Log>(options);
    auto bridge = app::Bridge::start(std::move(config), *log_, clock_);
    ASSERT_TRUE(bridge) << bridge.error().message;
    bridge_ = std::move(*bridge);
    ASSERT_TRUE(bridge_->wait_until_open(patience)) << to_json(bridge_->readiness());
  }

  [[nodiscard]] kafka::EmbeddedBroker& broker() { return *bridge_->embedded_broker(); }
  [[nodiscard]] std::unique_ptr<Connection> connect() { return std::make_unique<Connection>(bridge_->port()); }
  [[nodiscard]] http::Client admin() { return http::Client(cat("http://127.0.0.1:", bridge_->admin_port())); }

  /// Waits until `condition` holds; false after `patience`. Polls: there is nothing to wait on from outside.
  [[nodiscard]] bool eventually(const std::function<bool()>& condition) {
    const MonotonicTime limit = clock_.monotonic() + patience;
    while (!condition()) {
      if (clock_.monotonic() > limit) return false;
      ::usleep(2000);
    }
    return true;
  }

  /// Everything in a topic: read until `count` records are there, and then whatever comes at once.
  [[nodiscard]] std::vector<kafka::ConsumedRecord> read(const std::string& topic, std::size_t count) {
    auto consumer =
        kafka::Consumer::open(bridge_->kafka_options(), {topic}, kafka::Consumer::From::beginning, patience);
    EXPECT_TRUE(consumer);
    std::vector<kafka::ConsumedRecord> records;
    if (!consumer) return records;
    while (records.size() < count) {
      auto record = (*consumer)->next(patience);
      if (!record) break;
      records.push_back(std::move(*record));
    }
    while (auto record = (*consumer)->next(std::chrono::milliseconds(200))) records.push_back(std::move(*record));
    return records;
  }

  SystemClock clock_;
  int sink_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<app::Bridge> bridge_;
};

}  // namespace hookferry::component
