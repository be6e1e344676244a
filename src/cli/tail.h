// hookferry tail: prints published events as they arrive.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace hookferry::cli {

struct TailOptions {
  std::vector<std::string> topics;  // empty: all that the configuration or the instance has
  std::string from = "end";         // beginning, end, or a duration back
  bool json = false;
};

[[nodiscard]] int tail(const CommonOptions& common, const TailOptions& options);

}  // namespace hookferry::cli
