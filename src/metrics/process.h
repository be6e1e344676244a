// What the kernel says about this process. Linux only: proc(5).
#pragma once

#include <cstdint>
#include <optional>

namespace hookferry::metrics {

struct ProcessUsage {
  double cpu_seconds = 0;         // user and system, since its start
  double start_time_seconds = 0;  // since the epoch
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
};

/// Nothing where /proc is not mounted. Thread-safe.
[[nodiscard]] std::optional<ProcessUsage> read_process_usage();

}  // namespace hookferry::metrics
