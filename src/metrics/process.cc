#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace hookferry::metrics {
namespace {

/// When the machine was started, in seconds since the epoch: the line "btime" of /proc/stat.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

/// The fields of /proc/self/stat from the third on: the second is the program's name, which may hold anything.
std::optional<std::istringstream> stat_after_name() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  return std::istringstream(text.substr(name_end + 1));
}

std::uint64_t count_open_descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // one is the directory, open while it is read
}

}  // namespace

std::optional<ProcessUsage> read_process_usage() {
  std::optional<std::istringstream> stat = stat_after_name();
  const std::optional<double> booted = boot_time();
  if (!stat || !booted) return std::nullopt;
  constexpr int first_field = 3;
  constexpr int last_field = 24;
  double fields[last_field + 1] = {};
  std::string state;
  *stat >> state;
  for (int i = first_field + 1; i <= last_field; ++i) *stat >> fields[i];
  if (!*stat) return std::nullopt;

  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  ProcessUsage usage;
  usage.cpu_seconds = (fields[14] + fields[15]) / ticks_per_second;
  usage.start_time_seconds = *booted + fields[22] / ticks_per_second;
  usage.virtual_bytes = static_cast<std::uint64_t>(fields[23]);
  usage.resident_bytes = static_cast<std::uint64_t>(fields[24]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.open_descriptors = count_open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.max_descriptors = limit.rlim_cur;
  return usage;
}

}  // namespace hookferry::metrics
