// What of a configuration file may be shown: what is, or looks like, a secret is masked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"

namespace hookferry::config {

/// Whether what stands under this key is kept to itself: a key that speaks of a secret, password, token, key, …
[[nodiscard]] bool is_secret_key(std::string_view key);

/// Whether a value looks like a secret, wherever it stands: a known prefix, or a long jumble of letters and digits.
[[nodiscard]] bool looks_like_secret(std::string_view value);

/// A text from the file as it may stand in an error message: printable, cut, and masked if it looks like a secret.
[[nodiscard]] std::string shown(std::string_view text);
/// The same in quotes.
[[nodiscard]] std::string quote(std::string_view value);

/// Whether `name` is written like a variable that holds a secret rather than like the secret: upper case, in words.
[[nodiscard]] bool is_variable_name(std::string_view name);
/// Whether `path` is written like a file's path rather than like a secret: absolute, of the usual characters.
[[nodiscard]] bool is_file_path(std::string_view path);

/// Shows single lines of one text, which must outlive it. Immutable.
class MaskedText {
 public:
  /// `root` says which lines are inside the value of a secret's key, as far as the text could be understood.
  MaskedText(std::string_view text, const Node& root);
  /// The line; from the first thing in it that is to be masked to its end it is `***`. Empty where there is no such
  /// line, or one that is no text.
  [[nodiscard]] std::string line(std::size_t number) const;

 private:
  void mask_values(const Node& node, Place end);
  void mask(const Entry& entry, Place end);
  void mask_from(std::size_t line, std::size_t column);

  std::vector<std::string_view> lines_;
  std::vector<std::size_t> shown_;  // of each line: how many of its bytes
};

}  // namespace hookferry::config
