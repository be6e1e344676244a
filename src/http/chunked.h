// Decodes a chunked body, strictly: pure, incremental, in place if wanted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hookferry::http {

/// Why a request is refused: the status to answer, and a static text for people. Status 0: it is not.
struct Refusal {
  int status = 0;
  std::string_view hint;
  explicit operator bool() const noexcept { return status != 0; }
};

/// The transfer coding of RFC 9112, section 7.1, less what two readers could take differently: lines end in CR LF, a
/// size is one to eight hexadecimal digits, an extension begins right after them with ";". Extensions and trailers are
/// read, capped and dropped. The verdict depends on the bytes alone, not on how they were split. Not thread-safe.
class ChunkedDecoder {
 public:
  static constexpr std::size_t max_extension_bytes = 4096;  // of all chunks together; more is a 400
  static constexpr std::size_t max_trailer_bytes = 4096;    // more is a 431

  enum class Step : std::uint8_t { more, complete, refused };
  struct Result {
    Step step = Step::more;
    std::size_t consumed = 0;  // all of the input unless complete (what follows is the next request) or refused
    std::size_t produced = 0;  // bytes written to `out`
    Refusal refusal;
  };

  /// Decodes `in` to `out`, which may be the same memory or begin before it (never after). `max_body` bounds the
  /// decoded size: a chunk that would pass it is refused (413) when its size is read.
  Result decode(std::string_view in, char* out, std::size_t max_body) noexcept;

  /// Decoded bytes so far.
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
  };
  Refusal take(char c, std::size_t max_body) noexcept;
  Refusal take_size(char c, std::size_t max_body) noexcept;
  Refusal take_trailer(char c) noexcept;
  Refusal end_of_size(std::size_t max_body) noexcept;

  State state_ = State::size_first;
  std::uint8_t digits_ = 0;
  bool complete_ = false;
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint64_t chunk_ = 0;  // of the current chunk: its size, then what is left of it
  std::size_t total_ = 0;
};

}  // namespace hookferry::http
