// The request that `verify` looks at: from files, or captured from a port into files.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hookferry::cli {

struct CapturedText {
  std::vector<std::pair<std::string, std::string>> headers;  // values without white space around
  std::string body;
};

/// "Name: value" or "@FILE", as often as there are arguments. A file has one header in each line; a request line before
/// them, and what follows an empty line, are not looked at.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> read_headers(
    const std::vector<std::string>& arguments);

/// Writes a captured request into the working directory, as NAME.head and NAME.body, mode 0600, never over a file that
/// is there; NAME.
[[nodiscard]] Result<std::string> save_captured(const std::string& source, std::string_view head,
                                                std::string_view body);

}  // namespace hookferry::cli
