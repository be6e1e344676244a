// JSON as text, for documents that are small and written once.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hookferry {

/// `text`, which is UTF-8, as a JSON string with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// An array of what is JSON already.
[[nodiscard]] std::string json_array(std::span<const std::string> items);

/// An object, member by member, in that order.
class JsonObject {
 public:
  /// `value` is JSON already.
  JsonObject& json(std::string_view name, std::string_view value);
  JsonObject& text(std::string_view name, std::string_view value) { return json(name, json_string(value)); }

  /// The object as it is now.
  [[nodiscard]] std::string str() const;

 private:
  std::string members_;
};

}  // namespace hookferry
