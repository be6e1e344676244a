// Where the top-level members of a JSON object stand in its text: the JSON reader decodes, but gives no offsets.
#pragma once

#include <string_view>

namespace hookferry::senders {

/// Views into the text, without the white space around.
struct MemberSlice {
  std::string_view key;  // as written: with its quotes and escapes
  std::string_view value;
};

/// Walks over a text that a JSON reader has found valid, and relies on that only for its own findings being right: on
/// any other text it stays within bounds and ends.
class MemberSlicer {
 public:
  explicit MemberSlicer(std::string_view text) noexcept;
  /// The next member; false after the last one, or where the text goes on otherwise than an object does.
  [[nodiscard]] bool next(MemberSlice& member) noexcept;
  /// Once `next` was false: whether the text was one object, from its first to its last byte.
  [[nodiscard]] bool complete() const noexcept { return state_ == State::complete; }

 private:
  enum class State : unsigned char { first, further, complete, broken };

  bool finish(State state) noexcept;
  void skip_space() noexcept;
  bool take(char c) noexcept;
  bool skip_string() noexcept;
  bool skip_container() noexcept;
  bool skip_scalar() noexcept;
  bool skip_value() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  State state_ = State::first;
};

}  // namespace hookferry::senders
