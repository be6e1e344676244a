// The load generator's loop: many connections on one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/common/measurement.h"
#include "tests/bench/common/pace.h"
#include "tests/bench/load/connection.h"
#include "tests/bench/load/requests.h"

namespace hookferry::bench {

struct LoadOptions {
  std::uint16_t port = 0;
  std::string path;
  std::string secret;
  std::string expect;  // in the body of each answer
  std::size_t connections = 1;
  std::size_t body_bytes = 256;
  double rate = 0;     // events a second; 0: a closed loop
  bool fresh = false;  // each request on a connection of its own
  bool tls = false;
  double warmup = 1;  // seconds
  double seconds = 5;
};

class Client {
 public:
  explicit Client(LoadOptions options);

  /// The exit code: 1 when an answer was not the expected one, or an event's did not come.
  int run();

 private:
  void establish();
  void run_until(Clock::time_point end);
  void finish();
  void wait(Clock::time_point end);
  void start_what_is_due();
  void start(Connection& connection, Clock::time_point due);
  void open(Connection& connection);
  void handle(Connection& connection, Connection::Progress progress);
  void answered(Connection& connection);
  [[nodiscard]] double signing_us();

  const LoadOptions options_;
  Requests requests_;
  TlsContext tls_{nullptr, SSL_CTX_free};
  int epoll_;
  std::uint32_t source_ = 0;  // counts the addresses that connections come from
  std::vector<Connection> connections_;
  std::deque<Connection*> free_;
  std::size_t opened_ = 0;  // by `establish`
  std::size_t busy_ = 0;
  std::optional<Pace> pace_;             // of an open loop
  std::deque<Clock::time_point> late_;   // due, and no connection was free
  std::optional<Clock::time_point> to_;  // what is due after it does not count, and is not sent
  Measurement measurement_;
};

}  // namespace hookferry::bench
