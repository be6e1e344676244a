// A JSON text as a tree that keeps each string and number as it was written: to render it again as other programs do,
// and to read what an instance says of itself. The reader of events is another (reader.h): it decides, this one helps
// people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry::senders {

/// Views into the text that was parsed, which must outlive it.
struct JsonNode {
  enum class Kind : std::uint8_t { object, array, string, scalar };
  Kind kind = Kind::scalar;
  std::string_view text;               // of a string what is between its quotes, of a scalar all of it; as written
  std::vector<std::string_view> keys;  // of an object: as written between the quotes; one for each child
  std::vector<JsonNode> children;

  /// The first member of that name; null if there is none, or this is no object.
  [[nodiscard]] const JsonNode* find(std::string_view name) const noexcept;
  /// A string, decoded; nothing for what is none, or has an escape that stands for no character.
  [[nodiscard]] std::optional<std::string> string() const;
};

/// Nothing where the text is not one JSON value, or is nested deeper than 64 levels. Scalars are not looked into.
[[nodiscard]] std::optional<JsonNode> parse_json(std::string_view text);

/// What stands between the quotes of a JSON string, decoded to UTF-8.
[[nodiscard]] std::optional<std::string> decode_json_string(std::string_view written);

/// How a program writes JSON.
struct JsonStyle {
  enum class Escapes : std::uint8_t {
    as_written,
    plain,   // only what must be: JSON.stringify, Go without HTML escapes, ensure_ascii=False
    ascii,   // \uXXXX beyond ASCII: Python's json.dumps
    slashes  // the same, and \/: PHP's json_encode
  };
  bool blanks = false;  // after ':' and, on one line, after ','
  int indent = 0;       // blanks a level, one member a line; 0: all on one line
  bool sorted = false;
  Escapes escapes = Escapes::as_written;
};

[[nodiscard]] std::string render_json(const JsonNode& node, const JsonStyle& style);

}  // namespace hookferry::senders
