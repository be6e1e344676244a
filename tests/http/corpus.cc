#include "tests/http/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "http/characters.h"

namespace hookferry::http::testing {
namespace {

namespace fs = std::filesystem;

/// Takes one escape, less its backslash, off the front of `text`; nullopt where it is none.
std::optional<std::string> unescape(std::string_view text);

std::optional<std::string> take_repetition(std::string_view& text) {
  const std::size_t end = text.find('}');
  const std::size_t star = text.substr(0, end).rfind('*');
  if (end == std::string_view::npos || star == std::string_view::npos) return std::nullopt;
  const auto unit = unescape(text.substr(1, star - 1));
  if (!unit) return std::nullopt;
  std::string out;
  for (int count = std::stoi(std::string(text.substr(star + 1, end))); count > 0; --count) out += *unit;
  text.remove_prefix(end + 1);
  return out;
}

std::optional<std::string> take_escape(std::string_view& text) {
  if (text.starts_with('{')) return take_repetition(text);
  if (text.starts_with('x') && text.size() >= 3) {
    const int high = hexadecimal_value(text[1]);
    const int low = hexadecimal_value(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    text.remove_prefix(3);
    return std::string(1, static_cast<char>(high * 16 + low));
  }
  constexpr std::string_view names = "rnt0\\";
  constexpr std::string_view meant("\r\n\t\0\\", names.size());
  const std::size_t at = text.empty() ? std::string_view::npos : names.find(text.front());
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return std::string(1, meant[at]);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\\') {
      const auto meant = take_escape(text);
      if (!meant) return std::nullopt;
      out += *meant;
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

/// Takes one line of a case's head. The lines for the readers are not for us.
bool take_line(CorpusCase& found, std::string_view line) {
  const std::string_view value = line.substr(std::min(line.find(':'), line.size() - 1) + 1);
  if (line.starts_with("answers:")) {
    std::istringstream words{std::string(value)};
    std::string word;
    while (words >> word && word != "open" && word != "close") found.statuses.push_back(std::stoi(word));
    found.closes = word == "close";
    return word == "open" || word == "close";
  }
  if (line.starts_with("body:")) {
    const auto body = unescape(value.substr(value.starts_with(' ') ? 1 : 0));
    found.bodies.push_back(body.value_or(""));
    return body.has_value();
  }
  return line.starts_with('#') || line.starts_with("h11 ") || line.starts_with("llhttp ");
}

std::optional<CorpusCase> read_case(const fs::path& file, const std::string& name) {
  CorpusCase found;
  found.name = name;
  std::ifstream in(file, std::ios::binary);
  std::string line;
  while (std::getline(in, line) && !line.empty()) {
    if (!take_line(found, line)) return std::nullopt;
  }
  while (std::getline(in, line)) {
    const auto bytes = line.ends_with(' ') ? std::nullopt : unescape(line);
    if (!bytes) return std::nullopt;
    found.bytes += *bytes;
  }
  const auto handled = std::count(found.statuses.begin(), found.statuses.end(), 200);
  if (found.bodies.size() != static_cast<std::size_t>(handled)) return std::nullopt;
  return found;
}

}  // namespace

std::vector<CorpusCase> read_corpus() {
  const fs::path root(HOOKFERRY_CORPUS);
  std::vector<CorpusCase> cases;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".txt") continue;
    const std::string name = entry.path().lexically_relative(root).replace_extension().string();
    auto found = read_case(entry.path(), name);
    EXPECT_TRUE(found) << entry.path() << " is not what README.md there says";
    if (found) cases.push_back(std::move(*found));
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

}  // namespace hookferry::http::testing
