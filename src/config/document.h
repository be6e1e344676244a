// A configuration file as a tree of nodes that know their places. YAML is a large language: this is the part of it in
// which a configuration can be read by people: one document, no anchors, aliases or tags, a quote ends on its line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookferry::config {

/// A place in the text; both from 0, the column in bytes.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Entry;

struct Node {
  enum class Kind {
    null,  // nothing, or ~
    scalar,
    sequence,
    map,
    refused,  // an alias: it was reported, and nothing more is to be said of it
  };
  Kind kind = Kind::null;
  Place place;                 // of nothing: of the key or the sequence that it belongs to
  std::string text;            // of a scalar
  bool plain = false;          // of a scalar: not quoted, so that `true` and `4` are what they look like
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in the order of the file, duplicates too

  /// The value of the first entry of that name, or null.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Entry {
  Node key;
  Node value;
};

/// What is wrong with the text itself, before any key is looked at.
struct SyntaxProblem {
  Place place;
  std::string message;
};

struct Document {
  Node root;              // where `complete` is false: as far as it was understood
  bool complete = false;  // whether the whole text was understood
  std::vector<SyntaxProblem> problems;
};

/// `text` without a byte-order mark. Never throws but for memory.
[[nodiscard]] Document parse(std::string_view text);

/// Whether a line is UTF-8 without control characters, and so may be shown on a terminal.
[[nodiscard]] bool is_readable(std::string_view line);

/// The lines of `text`, without their line breaks.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace hookferry::config
