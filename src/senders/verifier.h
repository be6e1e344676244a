// Verifies a request's signature over its raw body. Nothing is parsed before that.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "hookferry/outcome.h"
#include "senders/source.h"

namespace hookferry::senders {

/// A header as it was received: name in any case, value without surrounding white space.
using HeaderView = std::pair<std::string_view, std::string_view>;

/// A body whose signature was right: only a Verifier makes one, and only one of these can be read as an event. Does not
/// own the bytes.
class VerifiedBody {
 public:
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t secret() const noexcept { return secret_; }  // position in the source's list, from 0

 private:
  friend class Verifier;
  VerifiedBody(std::string_view bytes, std::size_t secret) : bytes_(bytes), secret_(secret) {}
  std::string_view bytes_;
  std::size_t secret_;
};

/// Keyed HMAC contexts of one source. One per thread: not thread-safe.
class Verifier {
 public:
  explicit Verifier(std::shared_ptr<const Source> source);
  ~Verifier();
  Verifier(Verifier&&) noexcept;
  Verifier& operator=(Verifier&&) noexcept;

  /// In constant time with regard to the signature, and against every active secret whichever matches.
  [[nodiscard]] std::variant<VerifiedBody, Rejection> verify(std::span<const HeaderView> headers,
                                                             std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lower-case hexadecimal HMAC-SHA256, as Glossi and MeshQA sign: for `demo`, `send` and tests.
[[nodiscard]] std::string sign(std::string_view secret, std::string_view body);

}  // namespace hookferry::senders
