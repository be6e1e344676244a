// Small text helpers: concatenation, hexadecimal, what is safe to print.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hookferry {

namespace detail {
inline void append(std::string& out, std::string_view text) {
  out.append(text);
}
inline void append(std::string& out, char c) {
  out.push_back(c);
}
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void append(std::string& out, T number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}
}  // namespace detail

/// Concatenates texts, characters and integers.
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// Lower-case hexadecimal of `bytes`, appended.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// Decodes exactly `out.size()` bytes of lower-case hexadecimal; false on any other length or character (upper case
/// too).
[[nodiscard]] bool parse_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

/// `text` cut to `limit` bytes, with everything outside printable ASCII shown as \xNN: safe for a log or a terminal.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

/// `text` as the inside of a JSON string (without the quotes), appended. Bytes of 0x80 and above are kept as they are.
void append_json_escaped(std::string& out, std::string_view text);

/// A number of bytes for people: "896 KiB", "12 B".
[[nodiscard]] std::string human_size(std::uint64_t bytes);

}  // namespace hookferry
