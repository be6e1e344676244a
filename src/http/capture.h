// Takes one request off a port, byte for byte: for `verify --listen`. No server: it blocks, and talks to one client at
// a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hookferry/answer.h"
#include "hookferry/clock.h"

namespace hookferry::http {

/// One request as it came.
struct CapturedRequest {
  std::string head;  // from the request line to the empty line, as sent
  std::string body;  // without the chunks' framing, if it had any
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;  // values trimmed
  std::string address;                                       // of who sent it
};

class Capture {
 public:
  /// Takes the port. The error says what to do.
  static Result<std::unique_ptr<Capture>> open(std::string_view address);
  ~Capture();

  /// With the port that it got.
  [[nodiscard]] std::uint16_t port() const noexcept;

  struct Options {
    std::size_t max_body = 16 << 20;
    Duration patience = std::chrono::seconds(10);  // for one request to come in whole
    std::function<bool()> stop;                    // asked several times a second
    std::function<void(std::string_view)> note;    // what came and was no POST that can be read, in one line
    /// What the request is told, once it is complete.
    std::function<Answer(const CapturedRequest&)> answer;
  };
  /// The first POST that comes in whole. Anything else is answered as the bridge would, and the next one waited for. An
  /// error: it was stopped, or the port failed.
  [[nodiscard]] Result<CapturedRequest> take(const Options& options);

 private:
  struct State;
  explicit Capture(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::http
