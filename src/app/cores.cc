#include "app/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace hookferry::app {

std::optional<int> cgroup_cores(std::string_view cpu_max) {
  long quota = 0;
  long period = 0;
  const char* const end = cpu_max.data() + cpu_max.size();
  const auto [space, quota_status] = std::from_chars(cpu_max.data(), end, quota);
  if (quota_status != std::errc() || space == end || *space != ' ') return std::nullopt;
  const auto [rest, period_status] = std::from_chars(space + 1, end, period);
  if (period_status != std::errc() || quota <= 0 || period <= 0) return std::nullopt;
  return static_cast<int>(std::max(1L, quota / period));
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
  // Inside a container the process's own cgroup is the root of what it sees.
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string line;
  if (std::getline(file, line)) cores = std::min(cores, cgroup_cores(line).value_or(cores));
  return cores;
}

}  // namespace hookferry::app
