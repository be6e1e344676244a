// How many cores this process may use.
#pragma once

#include <optional>
#include <string_view>

namespace hookferry::app {

/// The quota that a cgroup v2 `cpu.max` ("200000 100000", "max 100000") allows, in whole cores, at least 1; nullopt:
/// none.
[[nodiscard]] std::optional<int> cgroup_cores(std::string_view cpu_max);

/// The cores in this process's affinity mask, or its cgroup's quota if that is less; at least 1.
[[nodiscard]] int available_cores();

}  // namespace hookferry::app
