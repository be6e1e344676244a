// Places at which a test kills the process, as power loss would: between any two steps of a flight. Only in builds with
// tests; elsewhere they are nothing.
#pragma once

#include <string_view>

namespace hookferry {

#ifdef HOOKFERRY_FAILPOINTS
/// Kills the process (SIGKILL) when HOOKFERRY_FAILPOINT is `name`, or at the Nth time that it is crossed when that is
/// `name:N`. Thread-safe.
void failpoint(std::string_view name) noexcept;
#else
constexpr void failpoint(std::string_view) noexcept {}
#endif

}  // namespace hookferry
