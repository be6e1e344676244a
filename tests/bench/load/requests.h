// Signed events that were never sent before.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/common/hmac.h"

namespace hookferry::bench {

/// Renders Glossi's job.complete, each with a job id and so a signature of its own.
class Requests {
 public:
  /// `body_bytes` is what each body has, at least 256; with `close` the server is asked to close after its answer.
  Requests(const std::string& path, const std::string& secret, std::size_t body_bytes, bool close);

  void render_next(std::string& out);

 private:
  Hmac hmac_;
  std::uint32_t run_;
  std::uint64_t count_ = 0;
  std::string head_;  // up to the signature
  std::string rest_;  // of the head, after it
  std::string body_;
  std::size_t id_at_ = 0;  // where the body has its job id
};

}  // namespace hookferry::bench
