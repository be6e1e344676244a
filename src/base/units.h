// Durations and sizes as they stand in the configuration: 250ms 4s 24h, 64KiB 1MiB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "hookferry/clock.h"

namespace hookferry {

/// A whole number and one of us ms s m h d. "0" needs a unit as well.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
/// A whole number and one of B KiB MiB GiB.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// The shortest text that parse_duration reads back: "4s", "1500ms".
[[nodiscard]] std::string format_duration(Duration duration);
/// The shortest text that parse_size reads back.
[[nodiscard]] std::string format_size(std::uint64_t bytes);
/// A duration for people, two or three digits: "2.1 ms", "0.9 s", "3.5 h".
[[nodiscard]] std::string human_duration(Duration duration);

}  // namespace hookferry
