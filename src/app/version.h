// What this program is.
#pragma once

#include <string>

namespace hookferry::app {

/// "0.1.0"
[[nodiscard]] std::string version();
/// The commit it was built from, or "unknown".
[[nodiscard]] std::string revision();

}  // namespace hookferry::app
