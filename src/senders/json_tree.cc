#include "senders/json_tree.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.h"

namespace hookferry::senders {
namespace {

constexpr std::size_t max_depth = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool document(JsonNode& root) {
    if (!value(root, 0)) return false;
    skip_space();
    return at_ == text_.size();
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool string(std::string_view& written) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && at_ < text_.size()) {
        ++at_;
      } else if (c == '"') {
        written = text_.substr(begin, at_ - 1 - begin);
        return true;
      }
    }
    return false;
  }
  bool scalar(JsonNode& node) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  std::string_view("+-.").find(text_[at_]) != std::string_view::npos)) {
      ++at_;
    }
    node.text = text_.substr(begin, at_ - begin);
    return !node.text.empty();
  }
  bool value(JsonNode& node, std::size_t depth) {
    skip_space();
    if (at_ == text_.size() || depth > max_depth) return false;
    switch (text_[at_]) {
      case '"':
        node.kind = JsonNode::Kind::string;
        return string(node.text);
      case '{':
      case '[':
        return container(node, depth);
      default:
        return scalar(node);
    }
  }
  bool container(JsonNode& node, std::size_t depth) {
    const bool object = text_[at_++] == '{';
    const char end = object ? '}' : ']';
    node.kind = object ? JsonNode::Kind::object : JsonNode::Kind::array;
    if (take(end)) return true;
    do {
      if (object && (!string(node.keys.emplace_back()) || !take(':'))) return false;
      if (!value(node.children.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(end);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The four digits of a \u escape, or -1.
int code_unit(std::string_view text) {
  int value = 0;
  if (text.size() < 4) return -1;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, unsigned value) {
  const auto byte = [&out](unsigned bits) { out.push_back(static_cast<char>(bits)); };
  if (value < 0x80) {
    byte(value);
  } else if (value < 0x800) {
    byte(0xc0 | value >> 6);
    byte(0x80 | (value & 63));
  } else if (value < 0x10000) {
    byte(0xe0 | value >> 12);
    byte(0x80 | (value >> 6 & 63));
    byte(0x80 | (value & 63));
  } else {
    byte(0xf0 | value >> 18);
    byte(0x80 | (value >> 12 & 63));
    byte(0x80 | (value >> 6 & 63));
    byte(0x80 | (value & 63));
  }
}

/// Reads one or, for a surrogate pair, two \u escapes whose first digits `rest` begins with; takes them.
bool decode_unicode(std::string& out, std::string_view& rest) {
  const int first = code_unit(rest);
  if (first < 0 || (first >= 0xdc00 && first < 0xe000)) return false;
  rest.remove_prefix(4);
  if (first < 0xd800 || first >= 0xe000) {
    append_utf8(out, static_cast<unsigned>(first));
    return true;
  }
  const int second = rest.starts_with("\\u") ? code_unit(rest.substr(2)) : -1;
  if (second < 0xdc00 || second >= 0xe000) return false;
  rest.remove_prefix(6);
  append_utf8(out, 0x10000u + static_cast<unsigned>((first - 0xd800) << 10 | (second - 0xdc00)));
  return true;
}

constexpr std::string_view short_escapes = "\"\\/bfnrt";
constexpr std::string_view short_values = "\"\\/\b\f\n\r\t";

void append_unit(std::string& out, unsigned unit) {
  out.append("\\u");
  append_hex(out, std::array{static_cast<std::uint8_t>(unit >> 8), static_cast<std::uint8_t>(unit)});
}

/// The code point that valid UTF-8 begins with, and its size.
std::pair<unsigned, std::size_t> decode_utf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = std::min<std::size_t>(lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2, text.size());
  unsigned value = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 63u);
  return {value, size};
}

void append_escaped(std::string& out, std::string_view text, JsonStyle::Escapes escapes) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t size = 1;
    const std::size_t known = c == '/' ? std::string_view::npos : short_values.find(text.front());
    if (known != std::string_view::npos || (c == '/' && escapes == JsonStyle::Escapes::slashes)) {
      out.push_back('\\');
      out.push_back(c == '/' ? '/' : short_escapes[known]);
    } else if (c < 0x20) {
      append_unit(out, c);
    } else if (c < 0x80 || escapes == JsonStyle::Escapes::plain) {
      out.push_back(text.front());
    } else {
      const auto [value, taken] = decode_utf8(text);
      size = taken;
      if (value < 0x10000) {
        append_unit(out, value);
      } else {
        append_unit(out, 0xd800 + ((value - 0x10000) >> 10));
        append_unit(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
      }
    }
    text.remove_prefix(size);
  }
}

class Renderer {
 public:
  explicit Renderer(const JsonStyle& style) : style_(style) {}

  void value(const JsonNode& node, int level) {
    switch (node.kind) {
      case JsonNode::Kind::scalar:
        out_.append(node.text);
        break;
      case JsonNode::Kind::string:
        string(node.text);
        break;
      case JsonNode::Kind::array:
      case JsonNode::Kind::object:
        container(node, level);
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void string(std::string_view written) {
    out_.push_back('"');
    const auto decoded = style_.escapes == JsonStyle::Escapes::as_written ? std::nullopt : decode_json_string(written);
    if (decoded) {
      append_escaped(out_, *decoded, style_.escapes);
    } else {
      out_.append(written);
    }
    out_.push_back('"');
  }
  void line(int level) {
    if (style_.indent == 0) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(level) * static_cast<std::size_t>(style_.indent), ' ');
  }
  void container(const JsonNode& node, int level) {
    const bool object = node.kind == JsonNode::Kind::object;
    out_.push_back(object ? '{' : '[');
    std::vector<std::size_t> order(node.children.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (object && style_.sorted) {
      std::ranges::stable_sort(order, {}, [&](std::size_t i) { return node.keys[i]; });
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) out_.append(style_.blanks && style_.indent == 0 ? ", " : ",");
      line(level + 1);
      if (object) {
        string(node.keys[order[i]]);
        out_.append(style_.blanks ? ": " : ":");
      }
      value(node.children[order[i]], level + 1);
    }
    if (!order.empty()) line(level);
    out_.push_back(object ? '}' : ']');
  }

  const JsonStyle& style_;
  std::string out_;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == name) return &children[i];
  }
  return nullptr;
}

std::optional<std::string> JsonNode::string() const {
  return kind == Kind::string ? decode_json_string(text) : std::nullopt;
}

std::optional<JsonNode> parse_json(std::string_view text) {
  JsonNode root;
  if (!Parser(text).document(root)) return std::nullopt;
  return root;
}

std::optional<std::string> decode_json_string(std::string_view written) {
  std::string out;
  while (!written.empty()) {
    const char c = written.front();
    written.remove_prefix(1);
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (written.empty()) return std::nullopt;
    const char escape = written.front();
    written.remove_prefix(1);
    if (const std::size_t known = short_escapes.find(escape); known != std::string_view::npos) {
      out.push_back(short_values[known]);
    } else if (escape != 'u' || !decode_unicode(out, written)) {
      return std::nullopt;
    }
  }
  return out;
}

std::string render_json(const JsonNode& node, const JsonStyle& style) {
  Renderer renderer(style);
  renderer.value(node, 0);
  return renderer.take();
}

}  // namespace hookferry::senders
