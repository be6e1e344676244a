// Writes to a descriptor that belongs to others, without ever hanging for long on one that nobody reads. Inside
// base/log.
#pragma once

#include <cstddef>
#include <string_view>

#include "hookferry/clock.h"

namespace hookferry {

class LogOutput {
 public:
  explicit LogOutput(int descriptor) : descriptor_(descriptor) {}

  /// What is to be written next of `text`, which is not empty: a piece that ends with a line where it can, and that a
  /// pipe or terminal takes whole (PIPE_BUF), so that lines of several processes do not mix.
  [[nodiscard]] std::string_view next_piece(std::string_view text) const noexcept;

  enum class Status { written, not_ready, failed };
  struct Written {
    Status status = Status::failed;
    std::size_t size = 0;  // may be less than the piece's
  };
  /// Writes `piece`, waiting for at most `patience` until the descriptor takes it. `failed`: it takes nothing any more
  /// (closed, no reader, disk full), as far as can be said now.
  [[nodiscard]] Written write(std::string_view piece, std::chrono::milliseconds patience) const noexcept;

  /// Looks again at what the descriptor is; to be called now and then, since it may be replaced by dup2.
  void refresh() noexcept;

 private:
  enum class Kind { pipe, socket, file };  // pipe: terminals and other devices too
  int descriptor_;
  Kind kind_ = Kind::pipe;
};

}  // namespace hookferry
