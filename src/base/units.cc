#include "base/units.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

#include "base/text.h"

namespace hookferry {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 6> duration_units{{{"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 4> size_units{{{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

template <std::size_t N>
Result<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units, std::string_view what,
                            std::string_view examples) {
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (status != std::errc::invalid_argument) {
    for (const Unit& unit : units) {
      if (unit.name != unit_name) continue;
      if (status == std::errc::result_out_of_range ||
          number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor) {
        return error(cat("'", printable(text, 40), "' is too large a ", what));
      }
      return number * unit.factor;
    }
  }
  return error(
      cat("'", printable(text, 40), "' is not a ", what, ": write a whole number and a unit, such as ", examples));
}

template <std::size_t N>
std::string format(std::uint64_t value, const std::array<Unit, N>& units) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (value != 0 && value % units[i].factor == 0) best = i;
  }
  return cat(value / units[best].factor, units[best].name);
}

/// With as many decimals as make two or three digits.
std::string human(double value, std::string_view unit) {
  const int decimals = value < 0.995 && unit == " ms" ? 2 : value < 99.95 ? 1 : 0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return cat(text.data(), unit);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = parse(text, duration_units, "duration", "250ms, 4s or 24h");
  if (!nanoseconds) return nanoseconds.error();
  return Duration(static_cast<Duration::rep>(*nanoseconds));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse(text, size_units, "size", "64KiB, 1MiB or 1GiB");
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  return format(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string format_size(std::uint64_t bytes) {
  return format(bytes, size_units);
}

std::string human_duration(Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 0.1) return human(seconds * 1e3, " ms");
  if (seconds < 120) return human(seconds, " s");
  if (seconds < 7200) return human(seconds / 60, " min");
  return human(seconds / 3600, " h");
}

}  // namespace hookferry
