// The answer to a request, before it is bytes.
#pragma once

#include <string>
#include <string_view>

#include "hookferry/outcome.h"

namespace hookferry {

/// What a client is told. The http room adds Content-Length and Connection when it is sent.
struct Answer {
  int status = 500;
  std::string_view content_type = "application/json";  // a static text
  std::string body;
  int retry_after_seconds = 0;  // 0: no Retry-After
  std::string_view allow;       // with a 405: the methods that would do, a static text
};

/// Takes the answers to requests that were held. Thread-safe; never blocks. An answer for a request that is gone (its
/// connection closed) is dropped.
class AnswerPort {
 public:
  virtual ~AnswerPort() = default;
  virtual void answer(const Ticket& ticket, Answer answer) noexcept = 0;
};

}  // namespace hookferry
