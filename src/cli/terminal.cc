#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace hookferry::cli {

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

Palette::Palette(int descriptor) {
  const char* const no_colour = std::getenv("NO_COLOR");
  colour_ = is_terminal(descriptor) && (no_colour == nullptr || *no_colour == '\0');
}

std::string Palette::paint(std::string_view code, std::string_view text) const {
  return colour_ ? cat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

}  // namespace hookferry::cli
