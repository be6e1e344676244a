// The opening lines of `serve`: what is served, where, and what is off.
#pragma once

#include <string>
#include <vector>

#include "app/bridge.h"

namespace hookferry::app {

/// Known before the bridge is ready.
[[nodiscard]] std::vector<std::string> opening_lines(const Bridge& bridge);
/// Known once its webhook port is open.
[[nodiscard]] std::string ready_line(const Bridge& bridge, Duration after);
/// What to try now: the last line, for who has no configuration file yet; empty for who has one.
[[nodiscard]] std::string try_line(const Bridge& bridge);

}  // namespace hookferry::app
