// What a program of the benchmark measures, and how it tells it.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hookferry::bench {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

[[nodiscard]] inline Clock::duration seconds(double value) {
  return std::chrono::duration_cast<Clock::duration>(Seconds(value));
}

/// Of this process, all threads, in seconds.
[[nodiscard]] inline double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

[[nodiscard]] inline double own_rss_mib() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// The latencies and errors of one stretch of time. A line says when it begins and another when it ends, so that who
/// started the program can take the servers' CPU time at both.
class Measurement {
 public:
  void add(Clock::duration latency) { latencies_.push_back(std::chrono::duration<float, std::micro>(latency).count()); }
  void add_error(const std::string& what) { ++errors_[what]; }
  [[nodiscard]] std::size_t errors() const { return errors_.size(); }

  void begin() {
    latencies_.clear();
    errors_.clear();
    std::puts("measuring");
    std::fflush(stdout);
    cpu_ = own_cpu_seconds();
    begin_ = Clock::now();
  }
  [[nodiscard]] Clock::time_point begun() const { return begin_; }
  /// The time that counts is over; answers may still be awaited.
  void end() {
    std::puts("measured");
    std::fflush(stdout);
    elapsed_ = Seconds(Clock::now() - begin_).count();
    cpu_ = own_cpu_seconds() - cpu_;
    rss_mib_ = own_rss_mib();
  }

  /// One line of JSON, with these figures of the program's own, by name.
  void print(const std::map<std::string, double>& others) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto count = static_cast<double>(latencies_.size());
    std::printf(R"({"requests":%zu,"seconds":%.3f,"per_second":%.1f,"cpu_us":%.3f,"rss_mib":%.1f)", latencies_.size(),
                elapsed_, count / elapsed_, cpu_ * 1e6 / std::max(count, 1.0), rss_mib_);
    for (const auto& [name, part] : {std::pair{"p50_ms", 0.5}, {"p99_ms", 0.99}, {"p999_ms", 0.999}, {"max_ms", 1.0}}) {
      std::printf(R"(,"%s":%.4f)", name, percentile(part));
    }
    for (const auto& [name, value] : others) std::printf(R"(,"%s":%.3f)", name.c_str(), value);
    const char* separator = R"(,"errors":{)";
    if (errors_.empty()) std::fputs(separator, stdout);
    for (const auto& [what, number] : errors_) {
      std::printf(R"(%s"%s":%zu)", std::exchange(separator, ","), what.c_str(), number);
    }
    std::puts("}}");
    std::fflush(stdout);
  }

 private:
  [[nodiscard]] double percentile(double part) const {
    if (latencies_.empty()) return 0;
    return static_cast<double>(
               latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))]) /
           1000;
  }

  Clock::time_point begin_;
  double elapsed_ = 0;
  double cpu_ = 0;  // of this process, seconds
  double rss_mib_ = 0;
  std::vector<float> latencies_;  // microseconds
  std::map<std::string, std::size_t> errors_;
};

}  // namespace hookferry::bench
