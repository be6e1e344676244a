// What of the output depends on being read by a person.
#pragma once

#include <string>
#include <string_view>

namespace hookferry::cli {

[[nodiscard]] bool is_terminal(int descriptor);

/// Colours for a terminal, unless NO_COLOR (https://no-color.org) is set; else texts stay as they are.
class Palette {
 public:
  explicit Palette(int descriptor);
  [[nodiscard]] std::string good(std::string_view text) const { return paint("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return paint("31", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return paint("2", text); }
  [[nodiscard]] std::string strong(std::string_view text) const { return paint("1", text); }

 private:
  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const;
  bool colour_;
};

/// `text` filled with blanks to `width` bytes.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

}  // namespace hookferry::cli
