#include "base/text.h"

#include <array>

namespace hookferry {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// Of each byte as a digit; -1: it is none. A table, since each event has several hundred of them.
constexpr std::array<std::int8_t, 256> nibbles = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<std::uint8_t>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

int nibble(char c) noexcept {
  return nibbles[static_cast<std::uint8_t>(c)];
}

}  // namespace

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  append_hex(out, bytes);
  return out;
}

bool parse_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  if (text.size() != out.size() * 2) return false;
  int all = 0;  // negative once one is
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble(text[2 * i]);
    const int low = nibble(text[2 * i + 1]);
    all |= high | low;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return all >= 0;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out.push_back(c);
    } else {
      out.append("\\x");
      append_hex(out, std::array{byte});
    }
  }
  if (text.size() > limit) out.append("...");
  return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) {
      out.append("\\u00");
      append_hex(out, std::array{static_cast<std::uint8_t>(c)});
    } else {
      out.push_back(c);
    }
  }
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> units{" B", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  while (unit + 1 < units.size() && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return cat(bytes, units[unit]);
}

}  // namespace hookferry
