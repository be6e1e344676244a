// One client of the load generator: a connection, and the request that is under way on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/common/measurement.h"
#include "tests/bench/load/wire.h"

namespace hookferry::bench {

class Connection {
 public:
  enum class Progress : std::uint8_t {
    none,
    opened,    // and nothing was to be sent
    answered,  // see `answer`
    lost       // with what was under way; closed
  };
  struct Answer {
    int status = 0;
    std::string_view body;
    bool exact = false;  // nothing came after it
  };

  /// The wire, in an epoll set that reports edges of both directions.
  void use(Wire wire);
  void close() { wire_.close(); }
  [[nodiscard]] bool is_open() const { return wire_.is_open(); }
  [[nodiscard]] bool busy() const { return busy_; }

  /// Where the next request is rendered, while it is not busy.
  [[nodiscard]] std::string& request() { return request_; }
  /// The request was due then: sent as soon as the connection is open.
  [[nodiscard]] Progress post(Clock::time_point due);
  /// After `use`, and at each edge. As far as it gets without waiting.
  [[nodiscard]] Progress advance();

  [[nodiscard]] Clock::time_point due() const { return due_; }
  /// Of the request that was answered last.
  [[nodiscard]] const Answer& answer() const { return answer_; }

 private:
  [[nodiscard]] Progress lose();
  [[nodiscard]] bool read_answer();

  Wire wire_;
  bool opening_ = false;
  bool busy_ = false;
  std::string request_;
  std::string_view unsent_;
  std::string response_;
  Answer answer_;
  Clock::time_point due_;
};

}  // namespace hookferry::bench
