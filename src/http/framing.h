// Strict HTTP/1.x request framing: where a request begins and ends, and what its head says. Pure: no sockets, no clock.
//
// What two parsers could read differently is refused, so that whoever stands in front (a proxy, a balancer) and we can
// only see the same requests. Stricter than RFC 9112 where it leaves a choice:
// - lines end in CR LF; a bare CR, a bare LF, or a control character other than tab anywhere in the head is a 400;
// - one empty line before the request line is skipped, a second one is a 400;
// - the target is an origin-form or an absolute-form with http or https; "%" in the path stands before two hexadecimal
//   digits; the query may hold any visible character but "#";
// - a header is a token, a colon, a value; no white space before the colon, no folded lines;
// - at most one Content-Length: digits only, no leading zero, at most 18; at most one Transfer-Encoding: "chunked", in
// any
//   case, and only in HTTP/1.1; never both;
// - exactly one Host in HTTP/1.1, at most one in HTTP/1.0, without "%" and what cannot be host and port; it may be
// empty;
// - Expect is "100-continue" (without effect in HTTP/1.0), anything else a 400; Content-Encoding other than "identity"
// a 415.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "http/chunked.h"

namespace hookferry::http {

struct FramingLimits {
  std::size_t max_body = 0;
  std::size_t max_head = 0;  // bytes of the head, its last empty line included
  std::size_t max_headers = 0;
};

/// What the head says. Views are into the bytes it was parsed from.
struct Head {
  std::string_view method;
  std::string_view
      path;  // as sent, without the query; of an absolute-form target what follows the authority, at least "/"
  bool http_1_1 = false;
  bool keep_alive = false;  // what the client wishes, by version and Connection
  bool expects_continue = false;
  bool chunked = false;
  std::uint64_t content_length = 0;
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // as received, values trimmed

  /// Whether bytes come behind the head that are this request's, be it only the end of a chunked body.
  [[nodiscard]] bool has_body() const noexcept { return chunked || content_length > 0; }
};

/// Frames one request at the front of a buffer that grows. Small, without allocation: it keeps offsets, never bytes.
/// The verdict depends on the bytes alone, not on how they were split. Not thread-safe.
class Framer {
 public:
  /// The request line may not be longer: it stays within what cpp-httplib takes (8192), which sees no other line.
  static constexpr std::size_t max_request_line = 8000;

  enum class Step : std::uint8_t {
    more,      // more bytes are needed
    head,      // the same, said once: the head is complete and the body is not
    complete,  // `head` and `body` describe the request, `end` is where the next one begins
    refused,   // `refusal` says why; what follows in the stream cannot be trusted
  };

  /// `bytes` are the first `kept` bytes of the last call, as it left them, and what came since. Chunk framing is
  /// removed in place. `head` is filled at `head` and `complete`. After `complete` or `refused` the next request needs
  /// a new Framer.
  Step advance(std::span<char> bytes, const FramingLimits& limits, Head& head);

  /// After `more` and `head`: how many bytes from the front must be there at the next call; the rest is not needed
  /// again.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_; }
  /// After `head`: whether nothing of the body has come yet.
  [[nodiscard]] bool body_untouched() const noexcept { return untouched_; }
  /// After `complete`.
  [[nodiscard]] std::string_view body(std::span<const char> bytes) const noexcept {
    return {bytes.data() + head_size_, body_size_};
  }
  [[nodiscard]] std::size_t end() const noexcept { return end_; }
  /// After `refused`. Method and path are in `head` where they were read before that, else they are empty there.
  [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }
  [[nodiscard]] bool in_body() const noexcept { return phase_ == Phase::sized || phase_ == Phase::chunked; }
  /// While in a body of known length: the size of the whole request; else 0.
  [[nodiscard]] std::size_t total() const noexcept { return phase_ == Phase::sized ? head_size_ + body_size_ : 0; }

 private:
  enum class Phase : std::uint8_t { head, sized, chunked };
  Step scan(std::string_view bytes, const FramingLimits& limits);
  bool end_line(std::size_t cr, const FramingLimits& limits);
  Step begin_body(std::span<char> bytes, const FramingLimits& limits, Head& head);
  Step take_sized(std::span<char> bytes, Head& head, bool head_is_parsed);
  Step take_chunked(std::span<char> bytes, const FramingLimits& limits, Head& head, bool head_is_parsed);
  Step complete(std::span<char> bytes, Head& head, bool head_is_parsed);
  void parse_again(std::span<char> bytes, Head& head);
  Step refuse(Refusal refusal);

  Phase phase_ = Phase::head;
  bool skipped_empty_line_ = false;
  bool untouched_ = false;
  std::size_t scanned_ = 0;  // what of the head was looked at
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  std::size_t head_start_ = 0;  // 2 after an empty line
  std::size_t head_size_ = 0;   // from the first byte on
  std::size_t body_size_ = 0;   // sized: as announced; chunked: decoded so far
  std::size_t kept_ = 0;
  std::size_t end_ = 0;
  ChunkedDecoder chunked_;
  Refusal refusal_;
};

/// Parses a head that was found complete and free of forbidden bytes, from its request line to its last empty line.
/// What was read before a refusal stays in `head`. (The framer's second half; a function of its own to keep that
/// small.)
[[nodiscard]] Refusal parse_head(std::string_view text, const FramingLimits& limits, Head& head);

}  // namespace hookferry::http
