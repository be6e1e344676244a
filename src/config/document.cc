#include "config/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <sstream>

#include "base/text.h"

namespace hookferry::config {
namespace {

constexpr std::size_t max_size = 1 << 20;

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line, mark.column};
}

/// The number of bytes of the UTF-8 character at the front of `text`, 0 where there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0; };
  const auto continued = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xc2 && byte(0) <= 0xdf) return continued(1) ? 2 : 0;
  if (byte(0) >= 0xe0 && byte(0) <= 0xef) {
    const bool overlong = byte(0) == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = byte(0) == 0xed && byte(1) >= 0xa0;
    return continued(1) && continued(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (byte(0) >= 0xf0 && byte(0) <= 0xf4) {
    const bool overlong = byte(0) == 0xf0 && byte(1) < 0x90;
    const bool too_large = byte(0) == 0xf4 && byte(1) >= 0x90;
    return continued(1) && continued(2) && continued(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

/// What is wrong with the character at the front of `text`, empty if nothing. yaml-cpp would take a byte 04 for the end
/// of the file and a lone CR for part of a word; and lines are shown on terminals.
std::string_view character_problem(std::string_view text, std::size_t size) {
  if (size == 0) return "not UTF-8: save the file in this encoding";
  const auto first = static_cast<std::uint8_t>(text[0]);
  const bool c0 = first < 0x20 && first != '\t';
  const bool c1 = size == 2 && first == 0xc2 && static_cast<std::uint8_t>(text[1]) < 0xa0;
  if (c0 || c1 || first == 0x7f) return "a control character: remove it";
  return {};
}

/// The first thing in a line that is no text, and why.
std::optional<SyntaxProblem> find_unreadable(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t size = character_size(line.substr(at));
    const std::string_view problem = character_problem(line.substr(at), size);
    if (!problem.empty()) return SyntaxProblem{{0, static_cast<int>(at)}, std::string(problem)};
    at += size;
  }
  return std::nullopt;
}

std::vector<SyntaxProblem> unreadable(const std::vector<std::string_view>& lines) {
  std::vector<SyntaxProblem> problems;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::optional<SyntaxProblem> problem = find_unreadable(lines[i]);
    if (!problem) continue;
    problem->place.line = static_cast<int>(i);
    problems.push_back(std::move(*problem));
  }
  return problems;
}

/// yaml-cpp reads a tab in the indentation as something else, or complains elsewhere.
std::vector<SyntaxProblem> tabs(const std::vector<std::string_view>& lines) {
  std::vector<SyntaxProblem> problems;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t content = lines[i].find_first_not_of(" \t");
    if (content == std::string_view::npos || lines[i][content] == '#') continue;
    const std::size_t tab = lines[i].substr(0, content).find('\t');
    if (tab == std::string_view::npos) continue;
    problems.push_back(
        {{static_cast<int>(i), static_cast<int>(tab)}, "a tab in the indentation: YAML takes only spaces there"});
  }
  return problems;
}

/// Builds the tree from yaml-cpp's events, which unlike its nodes keep duplicate keys and every place.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::vector<std::string_view>& lines) : lines_(lines) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    ++documents_;
    if (documents_ == 1) return;
    const Place place = place_of(mark);
    const auto line = static_cast<std::size_t>(place.line);
    const bool marked = line < lines_.size() && lines_[line].starts_with("---");
    report(place, marked ? "a second document begins here: a configuration is one document"
                         : "this belongs to nothing above it: check indentation, quotes and brackets");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override {
    Node node;
    // yaml-cpp gives the place of what comes next.
    if (open_.empty()) return add(std::move(node), anchor);
    const bool value = open_.back().has_key;
    node.place = value ? open_.back().node.entries.back().key.place : open_.back().node.place;
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Node node;
    node.kind = Node::Kind::refused;
    node.place = place_of(mark);
    report(node.place, "an alias (*name): write the value itself, so that each has its place");
    add(std::move(node), YAML::NullAnchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.place = place_of(mark);
    node.text = value;
    node.plain = tag == "?";
    check_tag(node.place, tag);
    check_quote(node.place);
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  /// What was built; where an exception ended it, as far as it went.
  [[nodiscard]] Node take_root() {
    while (!open_.empty()) end();
    return std::move(root_);
  }
  [[nodiscard]] std::vector<SyntaxProblem> take_problems() { return std::move(problems_); }
  [[nodiscard]] int documents() const { return documents_; }
  /// Whether the tree is what was meant: one document, in which no value has swallowed what follows it.
  [[nodiscard]] bool is_whole() const { return documents_ <= 1 && !swallowed_; }

 private:
  struct Open {
    Node node;
    bool has_key = false;  // of a map: whether its last entry waits for its value
  };

  void report(Place place, std::string message) { problems_.push_back({place, std::move(message)}); }

  void check_tag(Place place, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    report(place, "a tag (!name): remove it");
  }

  /// yaml-cpp takes the end of the file for a missing closing quote, and so everything in between for the value.
  void check_quote(Place place) {
    if (static_cast<std::size_t>(place.line) >= lines_.size()) return;
    const std::string_view line = lines_[static_cast<std::size_t>(place.line)];
    const auto start = static_cast<std::size_t>(place.column);
    if (start >= line.size() || (line[start] != '"' && line[start] != '\'')) return;
    const char quote = line[start];
    for (std::size_t i = start + 1; i < line.size(); ++i) {
      if (quote == '"' && line[i] == '\\') {
        ++i;
      } else if (line[i] == quote) {
        if (quote == '"' || line.substr(i + 1, 1) != "'") return;
        ++i;
      }
    }
    report(place, "the quote that begins here does not end on its line");
    swallowed_ = true;
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    check_tag(node.place, tag);
    check_anchor(node.place, anchor);
    open_.push_back({std::move(node), false});
  }
  void end() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node), YAML::NullAnchor);
  }
  void check_anchor(Place place, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) report(place, "an anchor (&name): write the value where it is needed");
  }
  void add(Node node, YAML::anchor_t anchor) {
    check_anchor(node.place, anchor);
    if (open_.empty()) {
      if (documents_ <= 1) root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      Node nothing;
      nothing.place = node.place;
      parent.node.entries.push_back({std::move(node), std::move(nothing)});
      parent.has_key = true;
    } else {
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    }
  }

  const std::vector<std::string_view>& lines_;
  std::vector<Open> open_;
  Node root_;
  std::vector<SyntaxProblem> problems_;
  int documents_ = 0;
  bool swallowed_ = false;
};

std::string syntax_message(const std::string& message) {
  return cat("not valid YAML (", printable(message), "): check indentation, quotes and brackets here and just above");
}

/// A place of yaml-cpp's may be behind the last line.
Place inside(Place place, const std::vector<std::string_view>& lines) {
  const int last = static_cast<int>(lines.size()) - 1;
  if (place.line <= last) return place;
  return {last, static_cast<int>(lines.back().size())};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& e) { return e.key.kind == Kind::scalar && e.key.text == key; });
  return entry == entries.end() ? nullptr : &entry->value;
}

bool is_readable(std::string_view line) {
  return !find_unreadable(line);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos || end + 1 == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

Document parse(std::string_view text) {
  Document document;
  if (text.size() > max_size) {
    document.problems.push_back({{}, cat("larger than ", human_size(max_size), ": this is no configuration")});
    return document;
  }
  const std::vector<std::string_view> lines = split_lines(text);
  document.problems = unreadable(lines);
  if (!document.problems.empty()) return document;
  document.problems = tabs(lines);
  const bool tabbed = !document.problems.empty();

  Builder builder(lines);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    // Not to the end of the text: yaml-cpp makes empty documents for ever of a stray bracket behind the first one.
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
    document.complete = !tabbed && builder.is_whole();
  } catch (const YAML::Exception& e) {
    // After a tab it is the tab's fault.
    if (!tabbed) document.problems.push_back({inside(place_of(e.mark), lines), syntax_message(e.msg)});
  } catch (const std::exception& e) {
    document.problems.push_back({{}, syntax_message(e.what())});
  }
  document.root = builder.take_root();
  for (SyntaxProblem& problem : builder.take_problems()) document.problems.push_back(std::move(problem));
  return document;
}

}  // namespace hookferry::config
