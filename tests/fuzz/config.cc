#include <algorithm>
#include <string>

#include "base/check.h"
#include "tests/config/loading.h"
#include "tests/fuzz/targets.h"

namespace hookferry::fuzz {

void config(std::string_view input) {
  const config::Loaded loaded = config::load_text(input);
  const auto lines = 1 + std::count(input.begin(), input.end(), '\n');
  bool error = false;
  for (const config::Problem& problem : loaded.problems) {
    HOOKFERRY_CHECK(problem.line >= 1 && problem.line <= lines && problem.column >= 1 && !problem.message.empty());
    HOOKFERRY_CHECK(!config::format(problem).empty());
    error = error || problem.severity == config::Problem::Severity::error;
  }
  HOOKFERRY_CHECK(loaded.config.has_value() != error);
}

}  // namespace hookferry::fuzz
