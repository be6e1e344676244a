// The character classes of HTTP's grammar (RFC 9110, section 5.6; RFC 3986, section 3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hookferry::http {

namespace detail {
enum : std::uint8_t { token = 1, field = 2, path = 4, authority = 8, visible = 16 };

constexpr std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&](std::string_view text, std::uint8_t bit) {
    for (const char c : text) classes[static_cast<std::uint8_t>(c)] |= bit;
  };
  constexpr std::string_view alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  mark(alphanumeric, token | path | authority);
  mark("!#$%&'*+-.^_`|~", token);
  mark("-._~!$&'()*+,;=:@/%", path);
  mark("-._~!$&'()*+,;=:[]", authority);
  for (unsigned c = 0x21; c <= 0x7e; ++c) classes[c] |= visible | field;
  for (unsigned c = 0x80; c <= 0xff; ++c) classes[c] |= field;
  mark(" \t", field);
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> classes = classify();
constexpr bool in_class(char c, std::uint8_t bit) {
  return (classes[static_cast<std::uint8_t>(c)] & bit) != 0;
}
}  // namespace detail

/// tchar: what methods and header names are made of.
[[nodiscard]] constexpr bool is_token_byte(char c) noexcept {
  return detail::in_class(c, detail::token);
}
/// What may stand in a line: visible ASCII, space, tab, and bytes from 0x80 on.
[[nodiscard]] constexpr bool is_field_byte(char c) noexcept {
  return detail::in_class(c, detail::field);
}
/// pchar, "/" and "%".
[[nodiscard]] constexpr bool is_path_byte(char c) noexcept {
  return detail::in_class(c, detail::path);
}
/// Host and port, without "%": neither user nor zone belongs in a request.
[[nodiscard]] constexpr bool is_authority_byte(char c) noexcept {
  return detail::in_class(c, detail::authority);
}
/// Visible ASCII.
[[nodiscard]] constexpr bool is_visible_byte(char c) noexcept {
  return detail::in_class(c, detail::visible);
}

/// 0 to 15, or -1.
[[nodiscard]] constexpr int hexadecimal_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Whether `text` is `lower` but for the case of its ASCII letters; `lower` has none in upper case.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] | 0x20) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// Without the white space (OWS, RFC 9110, section 5.6.3) around it.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace hookferry::http
