#include "config/masking.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace hookferry::config {
namespace {

constexpr std::string_view blanks = " \t";

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool ends_word(char c) {
  return std::string_view(" \t\"'[]{},:=#").find(c) != std::string_view::npos;
}

/// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes one `env: NAME` or `file: PATH` off the front of `text`, quoted or not.
bool take_reference(std::string_view& text) {
  const bool variable = take(text, "env:");
  if (!variable && !take(text, "file:")) return false;
  const std::size_t start = text.find_first_not_of(blanks);
  if (start == 0 || start == std::string_view::npos) return false;
  text.remove_prefix(start);
  const bool quoted = take(text, "\"");
  const std::string_view name = text.substr(0, std::min(text.size(), text.find_first_of(" \t\"{}[],")));
  text.remove_prefix(name.size());
  if (quoted && !take(text, "\"")) return false;
  return variable ? is_variable_name(name) : is_file_path(name);
}

/// Whether a piece of YAML consists of nothing but references to secrets: {env: NAME}, [{file: PATH}], - env: NAME.
bool is_references(std::string_view text) {
  while (!text.empty()) {
    if (std::string_view(" \t-[]{},").find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (!take_reference(text)) {
      return false;
    }
  }
  return true;
}

/// How much of the front of `value` is references to secrets and nothing else, up to where the value ends: at the end
/// of the line, or at the bracket that closes it. Npos where it is, or might be, something else.
std::size_t references_size(std::string_view value) {
  if (is_references(value)) return value.size();
  int depth = 0;
  for (std::size_t i = value.find_first_not_of(blanks); i < value.size(); ++i) {
    if (value[i] == '[' || value[i] == '{') ++depth;
    if (value[i] == ']' || value[i] == '}') --depth;
    if (depth > 0) continue;
    const std::size_t next = value.find_first_not_of(blanks, i + 1);
    const bool ends =
        next == std::string_view::npos || std::string_view(",]}").find(value[next]) != std::string_view::npos;
    return ends && is_references(value.substr(0, i + 1)) ? i + 1 : std::string_view::npos;
  }
  return std::string_view::npos;
}

/// Where on a line the value of the first key that speaks of a secret begins, unless it is a reference; npos if
/// nowhere. Looks at the text alone, so that it finds what the tree does not have: comments, and what could not be
/// understood.
std::size_t find_secret_value(std::string_view line) {
  for (std::size_t at = line.find_first_of(":="); at != std::string_view::npos; at = line.find_first_of(":=", at + 1)) {
    const std::string_view before = line.substr(0, at);
    const std::size_t end = before.find_last_not_of(" \t\"'");
    if (end == std::string_view::npos) continue;
    std::size_t start = end + 1;
    while (start > 0 && !ends_word(before[start - 1])) --start;
    if (!is_secret_key(before.substr(start, end + 1 - start))) continue;
    const std::size_t references = references_size(line.substr(at + 1));
    if (references == std::string_view::npos) return at + 1;
    at += references;
  }
  return std::string_view::npos;
}

/// Where on a line the first word begins that looks like a secret, npos if nowhere.
std::size_t find_secret_word(std::string_view line) {
  for (std::size_t start = 0; start < line.size();) {
    if (ends_word(line[start])) {
      ++start;
      continue;
    }
    std::size_t end = start;
    while (end < line.size() && !ends_word(line[end])) ++end;
    if (looks_like_secret(line.substr(start, end - start))) return start;
    start = end;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_secret_key(std::string_view key) {
  constexpr std::array<std::string_view, 9> parts{"secret", "passw", "passphrase", "token", "credential",
                                                  "key",    "jaas",  "private",    ".pem"};
  const std::string text = lower(key);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

bool looks_like_secret(std::string_view value) {
  for (const std::string_view prefix : {"whsec_", "sk_", "-----BEGIN"}) {
    if (value.starts_with(prefix)) return true;
  }
  if (value.size() < 20 || is_variable_name(value)) return false;
  const bool jumble = std::all_of(value.begin(), value.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
  });
  return jumble && std::count_if(value.begin(), value.end(), is_digit) >= 4 &&
         std::count_if(value.begin(), value.end(), is_letter) >= 4;
}

std::string shown(std::string_view text) {
  return find_secret_word(text) == std::string_view::npos ? printable(text, 60) : "***";
}

std::string quote(std::string_view value) {
  return cat("'", shown(value), "'");
}

bool is_variable_name(std::string_view name) {
  const bool usual =
      std::all_of(name.begin(), name.end(), [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
  const bool words = name.find('_') != std::string_view::npos || std::none_of(name.begin(), name.end(), is_digit);
  return usual && words && !name.empty() && !is_digit(name.front());
}

bool is_file_path(std::string_view path) {
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '/' || c == '.' || c == '_' || c == '-';
         });
}

MaskedText::MaskedText(std::string_view text, const Node& root) : lines_(split_lines(text)) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    shown_.push_back(lines_[i].size());
    const std::size_t value = find_secret_value(lines_[i]);
    if (value != std::string_view::npos) mask_from(i, value);
    const std::size_t word = find_secret_word(lines_[i]);
    if (word != std::string_view::npos) mask_from(i, word);
  }
  mask_values(root, {static_cast<int>(lines_.size()), 0});
}

std::string MaskedText::line(std::size_t number) const {
  if (number >= lines_.size() || !is_readable(lines_[number])) return {};
  std::string_view line = lines_[number];
  if (shown_[number] == line.size()) return std::string(line);
  line = line.substr(0, shown_[number]);
  return cat(line, line.empty() || ends_word(line.back()) ? "" : " ", "***");
}

/// What stands under a secret's key ends where the next node begins: `end` is that place for `node`. A node that is
/// nothing has no place of its own, and so is passed over.
void MaskedText::mask_values(const Node& node, Place end) {
  Place next = end;
  for (auto item = node.items.rbegin(); item != node.items.rend(); ++item) {
    mask_values(*item, next);
    if (item->kind != Node::Kind::null) next = item->place;
  }
  for (auto it = node.entries.rbegin(); it != node.entries.rend(); ++it) {
    const Entry& entry = *it;
    if (is_secret_key(entry.key.text)) {
      mask(entry, next);
    } else {
      mask_values(entry.value, next);
    }
    if (entry.key.kind != Node::Kind::null) next = entry.key.place;
  }
}

void MaskedText::mask(const Entry& entry, Place end) {
  const auto first = static_cast<std::size_t>(entry.key.place.line);
  const auto last = static_cast<std::size_t>(end.line);
  for (std::size_t i = first; i < lines_.size() && i <= last; ++i) {
    const std::size_t stop = i == last ? static_cast<std::size_t>(end.column) : lines_[i].size();
    // On the key's own line its value begins behind the colon; elsewhere with the first thing that is no indentation.
    std::size_t start = 0;
    if (i == first) {
      const std::size_t key_end = static_cast<std::size_t>(entry.key.place.column) + entry.key.text.size();
      const std::size_t colon = lines_[i].find(':', std::min(key_end, lines_[i].size()));
      start = colon == std::string_view::npos ? key_end : colon + 1;
    } else {
      start = lines_[i].find_first_not_of(" -?");
    }
    if (start >= std::min(stop, lines_[i].size())) continue;
    if (!is_references(lines_[i].substr(start, stop - start))) mask_from(i, start);
  }
}

void MaskedText::mask_from(std::size_t line, std::size_t column) {
  // What is masked begins with a character, not with the white space before it.
  const std::size_t start = lines_[line].find_first_not_of(blanks, column);
  if (start != std::string_view::npos) shown_[line] = std::min(shown_[line], start);
}

}  // namespace hookferry::config
