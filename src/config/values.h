// The kinds of value that a configuration has: how each is read from YAML, what is allowed, and how it is written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/units.h"
#include "config/config.h"
#include "config/document.h"
#include "config/masking.h"
#include "config/problems.h"

namespace hookferry::config {

/// What reading needs besides the text. All must outlive it.
struct Reading {
  Problems& problems;
  std::map<std::string, Where>& places;  // of each key that was given: "http.listen", "sources[0].path"
  const Environment& environment;
  const Validators& validators;
};

/// One key while its value is read: its name stands before each message. Cheap to copy.
class Key {
 public:
  Key(std::string name, Reading& reading) : name_(std::move(name)), reading_(&reading) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Reading& reading() const { return *reading_; }
  /// The key of an item of this one's list, or of a member of its map.
  [[nodiscard]] Key item(std::size_t i) const { return {cat(name_, "[", i, "]"), *reading_}; }
  [[nodiscard]] Key member(std::string_view member) const {
    return {name_.empty() ? std::string(member) : cat(name_, ".", member), *reading_};
  }

  void found_at(Place place) const { reading_->places.insert_or_assign(name_, in_file(place)); }
  void error(const Node& at, std::string_view message) const {
    reading_->problems.error(in_file(at.place), named(message));
  }
  void warning(const Node& at, std::string_view message) const {
    reading_->problems.warning(in_file(at.place), named(message));
  }

 private:
  [[nodiscard]] std::string named(std::string_view message) const {
    return name_.empty() ? std::string(message) : cat(name_, ": ", message);
  }

  std::string name_;
  Reading* reading_;
};

template <class T>
struct Format {
  std::string type;                                               // "a size", for people
  std::string allowed;                                            // "1KiB to 64MiB"; empty: the type says it all
  std::function<std::optional<T>(const Node&, const Key&)> read;  // nothing: not valid, and reported
  std::function<std::string(const T&)> write;                     // as YAML; empty: no text means this value
};

/// Whether `node` is of the kind that is wanted; otherwise reports that `wanted` is.
[[nodiscard]] bool expect(Node::Kind kind, const Node& node, const Key& key, std::string_view wanted);

/// The entries of a map whose keys are plain text and stand there once; the others are reported.
[[nodiscard]] std::vector<std::reference_wrapper<const Entry>> unique_entries(const Node& map, const Key& key);

/// What is wrong with a text, empty if nothing.
using TextCheck = std::function<std::string(std::string_view)>;

Format<std::string> text(std::string type, std::string allowed, const TextCheck& check);
/// Between two sizes as they are written: "1KiB".
Format<std::uint64_t> size(std::string_view least, std::string_view most);
Format<Duration> duration(std::string_view least, std::string_view most);
Format<std::uint64_t> count(std::uint64_t least, std::uint64_t most);
Format<int> number(int least, int most);
/// A number, or a word that stands for another: `auto` for 0.
Format<int> number_or(const std::string& word, int meaning, int least, int most);
Format<bool> boolean();
/// Of IP addresses, at most 256.
Format<std::vector<Network>> networks();
/// Of a map from text to text, numbers and truth values as they are written; `check` sees each name.
Format<std::map<std::string, std::string>> text_map(std::string type, const TextCheck& check);

/// One of some words.
template <class T>
Format<T> choice(std::vector<std::pair<std::string, T>> words) {
  std::string allowed;
  for (const auto& [word, value] : words) allowed += (allowed.empty() ? "" : " | ") + word;
  const auto read = [words, allowed](const Node& node, const Key& key) -> std::optional<T> {
    if (!expect(Node::Kind::scalar, node, key, cat("one of ", allowed))) return std::nullopt;
    for (const auto& [word, value] : words) {
      if (word == node.text) return value;
    }
    key.error(node, cat(quote(node.text), " is not one of ", allowed));
    return std::nullopt;
  };
  const auto write = [words](const T& wanted) -> std::string {
    for (const auto& [word, value] : words) {
      if (value == wanted) return word;
    }
    return {};
  };
  return {"one of", allowed, read, write};
}

/// A value that may be absent: then nothing stands for it.
template <class T>
Format<std::optional<T>> optional(Format<T> format) {
  return {format.type, format.allowed,
          [format](const Node& node, const Key& key) -> std::optional<std::optional<T>> {
            std::optional<T> value = format.read(node, key);
            if (!value) return std::nullopt;
            return value;
          },
          [format](const std::optional<T>& value) { return value ? format.write(*value) : std::string(); }};
}

/// A list of values of one kind.
template <class T>
Format<std::vector<T>> list(Format<T> format, std::size_t most) {
  const auto read = [format, most](const Node& node, const Key& key) -> std::optional<std::vector<T>> {
    std::vector<T> values;
    if (node.kind == Node::Kind::null) return values;
    if (!expect(Node::Kind::sequence, node, key, "a list")) return std::nullopt;
    if (node.items.size() > most) key.error(node, cat("has ", node.items.size(), " items: at most ", most));
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Key item = key.item(i);
      item.found_at(node.items[i].place);
      // What is not valid keeps its position, so that later problems have the right place.
      values.push_back(format.read(node.items[i], item).value_or(T{}));
    }
    return values;
  };
  const auto write = [format](const std::vector<T>& values) {
    std::string out;
    for (const T& value : values) out += (out.empty() ? "" : ", ") + format.write(value);
    return cat("[", out, "]");
  };
  return {cat("a list of ", format.type), format.allowed, read, write};
}

}  // namespace hookferry::config
