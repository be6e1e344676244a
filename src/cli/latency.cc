#include "cli/latency.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/text.h"
#include "base/units.h"

namespace hookferry::cli {

using std::chrono::microseconds;

void Latencies::add(Duration latency) {
  const auto whole = std::chrono::duration_cast<microseconds>(latency).count();
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  microseconds_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, most)));
}

void Latencies::add(const Latencies& other) {
  microseconds_.insert(microseconds_.end(), other.microseconds_.begin(), other.microseconds_.end());
}

Duration Latencies::percentile(double percent) const {
  if (microseconds_.empty()) return Duration();
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(microseconds_.size())));
  const auto place = microseconds_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(microseconds_.begin(), place, microseconds_.end());
  return microseconds(*place);
}

std::string Latencies::summary() const {
  return cat("p50 ", human_duration(percentile(50)), " · p90 ", human_duration(percentile(90)), " · p99 ",
             human_duration(percentile(99)), " · max ", human_duration(percentile(100)));
}

std::string progress_line(std::size_t done, std::size_t total, Duration elapsed, std::size_t width) {
  const std::size_t filled = total == 0 ? width : std::min(width, done * width / total);
  return cat("[", std::string(filled, '#'), std::string(width - filled, '-'), "] ", done, "/", total, " · ",
             per_second(done, elapsed), "/s");
}

std::string per_second(std::size_t events, Duration elapsed) {
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 1e-9);
  const double rate = static_cast<double>(events) / seconds;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", rate < 10 ? 1 : 0, rate);
  return text.data();
}

}  // namespace hookferry::cli
