// Validates a JSON text and picks out, decoded, the few members that an event is routed by. Builds no tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry::senders {

/// A member that is looked for: at the top level, or directly inside the object that is the data member.
struct Watch {
  std::string_view name;
  bool in_data = false;
};

/// What was found of a watched member.
struct Found {
  enum class Kind : std::uint8_t { absent, text, integer, other };
  static constexpr std::size_t max_text = 256;  // bytes

  std::uint32_t count = 0;   // how often it stands there
  Kind kind = Kind::absent;  // of the last one; integer: within 64 bits, signed or unsigned
  /// Decoded; an integer in decimal digits (so -0 is 0). Of a longer text the first max_text + 1 bytes.
  std::string text;
};

enum class ScanResult : std::uint8_t { valid, not_json, too_deep };

/// Keeps its memory from text to text. Not thread-safe.
class MemberScanner {
 public:
  static constexpr std::size_t max_depth = 32;  // levels of objects and arrays, the outermost counted
  static constexpr std::uint8_t unwatched = 0xff;

  /// The names must outlive it; fewer than `unwatched` of them. `data` is the position of the data member, at the top.
  MemberScanner(std::vector<Watch> watches, std::size_t data);
  ~MemberScanner();

  /// Valid: one JSON text (RFC 8259) in UTF-8 with no byte-order mark, lone surrogate or anything after it. Of several
  /// faults the first in the text is told. What follows holds for a valid text, until the next call.
  [[nodiscard]] ScanResult scan(std::string_view text);
  [[nodiscard]] const Found& found(std::size_t watch) const noexcept;
  /// For each member of the top-level object, in order, which watch it is, or `unwatched`. Empty for another text.
  [[nodiscard]] const std::vector<std::uint8_t>& top_level() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::senders
