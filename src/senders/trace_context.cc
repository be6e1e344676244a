// W3C Trace Context, https://www.w3.org/TR/trace-context/ (Level 1, sections 3.2 and 3.3).
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "senders/headers.h"
#include "senders/render.h"

namespace hookferry::senders {
namespace {

constexpr std::size_t max_state = 512;  // what a vendor should be able to pass on, and more is not passed on here
constexpr std::size_t max_state_members = 32;

template <std::size_t N>
bool is_zero(const std::array<std::uint8_t, N>& bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// version "-" trace-id "-" parent-id "-" trace-flags, in lower-case hex. A version after 00 may go on after another
/// "-".
bool is_trace_parent(std::string_view text) noexcept {
  constexpr std::size_t size = 55;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 16> trace{};
  std::array<std::uint8_t, 8> parent{};
  std::array<std::uint8_t, 1> flags{};
  if (text.size() < size || text.size() > max_state) return false;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  if (!parse_hex(text.substr(0, 2), version) || !parse_hex(text.substr(3, 32), trace) ||
      !parse_hex(text.substr(36, 16), parent) || !parse_hex(text.substr(53, 2), flags)) {
    return false;
  }
  if (version[0] == 0xff || is_zero(trace) || is_zero(parent)) return false;
  const std::string_view more = text.substr(size);
  return more.empty() || (version[0] != 0 && more.front() == '-' &&
                          std::all_of(more.begin(), more.end(), [](char c) { return c > ' ' && c < '\x7f'; }));
}

bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr std::string_view key_punctuation = "_-*/@";

/// Level 1 has a letter first, or tenant "@" system; level 2 a letter or digit, and "@" as any character after it. What
/// either takes is passed on.
bool is_state_key(std::string_view key) noexcept {
  return !key.empty() && key.size() <= 256 && is_lower_or_digit(key.front()) &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return is_lower_or_digit(c) || key_punctuation.find(c) != std::string_view::npos; });
}

bool is_state_value(std::string_view value) noexcept {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != ',' && c != '='; });
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A list of key=value, empty members allowed.
bool is_trace_state(std::string_view text) noexcept {
  if (text.empty() || text.size() > max_state) return false;
  std::size_t members = 0;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view member = trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || ++members > max_state_members) return false;
    if (!is_state_key(member.substr(0, equals)) || !is_state_value(member.substr(equals + 1))) return false;
  }
  return members > 0;
}

}  // namespace

TraceContext trace_context(std::span<const HeaderView> headers) {
  const HeaderMatch parent = find_header(headers, "traceparent");
  if (parent.count != 1 || !is_trace_parent(parent.value)) return {};
  const HeaderMatch state = find_header(headers, "tracestate");
  if (state.count != 1 || !is_trace_state(state.value)) return {parent.value, {}};
  return {parent.value, state.value};
}

}  // namespace hookferry::senders
