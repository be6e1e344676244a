// Latencies of many requests, summed up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hookferry/clock.h"

namespace hookferry::cli {

/// Keeps each latency, to the microsecond and up to 71 minutes: four bytes a request. Not thread-safe.
class Latencies {
 public:
  void add(Duration latency);
  void add(const Latencies& other);
  [[nodiscard]] std::size_t count() const noexcept { return microseconds_.size(); }
  /// The smallest latency that `percent` of all are not above (nearest rank); zero without any.
  [[nodiscard]] Duration percentile(double percent) const;
  /// "p50 2.1 ms · p90 3.0 ms · p99 8.4 ms · max 11 ms"
  [[nodiscard]] std::string summary() const;

 private:
  mutable std::vector<std::uint32_t> microseconds_;
};

/// "[#########-----------] 450/1000 · 300/s" with a bar of `width` characters.
[[nodiscard]] std::string progress_line(std::size_t done, std::size_t total, Duration elapsed, std::size_t width);

/// Events a second, for people: "487", "3.2".
[[nodiscard]] std::string per_second(std::size_t events, Duration elapsed);

}  // namespace hookferry::cli
