#include "kafka/embedded_broker.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

namespace hookferry::kafka {
namespace {

/// A connection to a broker in this process.
class Connection {
 public:
  explicit Connection(const std::string& server) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1))));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << server;
    socklen_t size = sizeof own_;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own_), &size), 0);
  }
  ~Connection() { ::close(socket_); }

  /// Whether Nagle's algorithm is off at the broker's end.
  [[nodiscard]] bool answered_at_once() const {
    int on = 0;
    socklen_t size = sizeof on;
    EXPECT_EQ(::getsockopt(other_end(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    return on != 0;
  }

 private:
  /// Waits, bounded, for the broker's thread to accept.
  [[nodiscard]] int other_end() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (int descriptor = 0;; descriptor = (descriptor + 1) % 1024) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      const bool connected = ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
      if (connected && peer.sin_family == AF_INET && peer.sin_port == own_.sin_port) return descriptor;
      if (std::chrono::steady_clock::now() > deadline) return -1;
      std::this_thread::yield();
    }
  }

  const int socket_;
  sockaddr_in own_{};
};

TEST(EmbeddedBroker, AnswersAtOnce) {
  const auto broker = EmbeddedBroker::start({}).value();
  const std::string server = broker->bootstrap_servers();
  EXPECT_TRUE(Connection(server).answered_at_once());
  broker->set_down();
  broker->set_up();
  EXPECT_TRUE(Connection(server).answered_at_once()) << "after it was down";
}

}  // namespace
}  // namespace hookferry::kafka
