#include "base/log_escape.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace hookferry {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes; 0: not UTF-8
};

/// Decodes the code point that `text`, which is not empty and starts outside ASCII, begins with (RFC 3629, section 4).
CodePoint decode(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t size = lead >= 0xc2 && lead < 0xe0   ? 2
                           : lead >= 0xe0 && lead < 0xf0 ? 3
                           : lead >= 0xf0 && lead < 0xf5 ? 4
                                                         : 0;
  if (size == 0 || text.size() < size) return {};
  char32_t value = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  return overlong || surrogate || value > 0x10ffff ? CodePoint{} : CodePoint{value, size};
}

/// Controls beyond ASCII, line and paragraph separators, and what changes the direction of the text around it.
bool is_unsafe(char32_t value) noexcept {
  return value < 0xa0 || value == 0x61c || value == 0x200e || value == 0x200f || (value >= 0x2028 && value <= 0x202e) ||
         (value >= 0x2066 && value <= 0x2069);
}

bool is_printable_ascii(char c) noexcept {
  return c >= 0x20 && c < 0x7f;
}

/// At most `limit` bytes of `text`, not cut within a code point.
std::string_view cut(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  for (int i = 0; i < 3 && end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xc0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

void append_bytes_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    out.append("\\x");
    append_hex(out, std::array{static_cast<std::uint8_t>(c)});
  }
}

/// Hands `text` to `plain` (runs of harmless ASCII), `special` (one other ASCII character), `beyond` (one code point
/// that is not ASCII, with its value) and `invalid` (one byte), in order.
template <class IsPlain, class Plain, class Special, class Beyond, class Invalid>
void walk(std::string_view text, IsPlain is_plain, Plain plain, Special special, Beyond beyond, Invalid invalid) {
  while (!text.empty()) {
    const auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    plain(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    std::size_t size = 1;
    if (static_cast<std::uint8_t>(text.front()) < 0x80) {
      special(text.substr(0, 1));
    } else if (const CodePoint point = decode(text); point.size != 0) {
      size = point.size;
      beyond(text.substr(0, size), point.value);
    } else {
      invalid(text.substr(0, 1));
    }
    text.remove_prefix(size);
  }
}

}  // namespace

void append_text_escaped(std::string& out, std::string_view text, std::size_t limit, Blanks blanks) {
  const std::string_view shown = cut(text, limit);
  const auto escaped = [&out](std::string_view bytes) { append_bytes_escaped(out, bytes); };
  walk(
      shown, [blanks](char c) { return is_printable_ascii(c) && (c != ' ' || blanks == Blanks::keep); },
      [&out](std::string_view run) { out.append(run); }, escaped,
      [&](std::string_view bytes, char32_t value) { is_unsafe(value) ? escaped(bytes) : void(out.append(bytes)); },
      escaped);
  if (shown.size() < text.size()) out.append("...");
}

void append_json_text(std::string& out, std::string_view text, std::size_t limit) {
  const std::string_view shown = cut(text, limit);
  walk(
      shown, [](char c) { return is_printable_ascii(c) && c != '"' && c != '\\'; },
      [&out](std::string_view run) { out.append(run); },
      [&out](std::string_view special) { append_json_escaped(out, special); },
      [&out](std::string_view bytes, char32_t value) {
        if (!is_unsafe(value)) {
          out.append(bytes);
          return;
        }
        // All of these are in the basic plane: four digits do.
        out.append("\\u");
        append_hex(out, std::array{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
      },
      [&out](std::string_view) { out.append(replacement_character); });
  if (shown.size() < text.size()) out.append("...");
}

bool is_utf8(std::string_view text) noexcept {
  bool valid = true;
  walk(
      text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; }, [](std::string_view) {},
      [](std::string_view) {}, [](std::string_view, char32_t) {}, [&valid](std::string_view) { valid = false; });
  return valid;
}

}  // namespace hookferry
