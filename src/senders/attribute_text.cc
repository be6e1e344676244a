#include "senders/attribute_text.h"

#include <cstdint>

#include "base/text.h"

namespace hookferry::senders {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(text[i]);
}

struct CodePoint {
  std::uint32_t value;
  std::size_t size;  // in bytes
};

/// The code point that begins at `i` of valid UTF-8; a sequence that the text cuts short ends with the text.
CodePoint decode(std::string_view text, std::size_t i) noexcept {
  const std::uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (text.size() - i < size) return {0xfffd, text.size() - i};
  std::uint32_t value = lead & (0xffu >> (size + 1));
  for (std::size_t k = 1; k < size; ++k) value = value << 6 | (byte_at(text, i + k) & 0x3fu);
  return {value, size};
}

bool is_attribute_character(std::uint32_t value) noexcept {
  const bool control = value < 0x20 || (value >= 0x7f && value <= 0x9f);
  const bool noncharacter = (value >= 0xfdd0 && value <= 0xfdef) || (value & 0xfffe) == 0xfffe;
  return !control && !noncharacter;
}

void append_unit(std::string& out, std::uint32_t unit) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(unit >> 8), static_cast<std::uint8_t>(unit)};
  out.append("\\u");
  append_hex(out, bytes);
}

void append_escape(std::string& out, std::uint32_t value) {
  if (value > 0xffff) {
    append_unit(out, 0xd800 + ((value - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
  } else {
    append_unit(out, value);
  }
}

/// Appends the string that begins (with its quote) at `i`; where it ends.
std::size_t append_string(std::string& out, std::string_view json, std::size_t i) {
  out.push_back(json[i++]);
  while (i < json.size() && json[i] != '"') {
    const CodePoint character = decode(json, i);
    if (character.value == '\\') {
      const std::string_view escape = json.substr(i, 2);
      out.append(escape);
      i += escape.size();
      continue;
    }
    if (is_attribute_character(character.value)) {
      out.append(json.substr(i, character.size));
    } else {
      append_escape(out, character.value);
    }
    i += character.size;
  }
  if (i < json.size()) out.push_back(json[i++]);
  return i;
}

}  // namespace

bool is_attribute_text(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint character = decode(text, i);
    if (!is_attribute_character(character.value)) return false;
    i += character.size;
  }
  return true;
}

void append_compact_json(std::string& out, std::string_view json) {
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (c == '"') {
      i = append_string(out, json, i);
      continue;
    }
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out.push_back(c);
    ++i;
  }
}

}  // namespace hookferry::senders
