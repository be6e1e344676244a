#include "metrics/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

namespace hookferry::metrics {
namespace {

TEST(ProcessUsage, IsThisProcesss) {
  const auto usage = read_process_usage();
  ASSERT_TRUE(usage);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(usage->max_descriptors, limit.rlim_cur);
  EXPECT_GT(usage->resident_bytes, 100'000u);
  EXPECT_GT(usage->virtual_bytes, usage->resident_bytes);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(usage->start_time_seconds, now + 2);
  EXPECT_GT(usage->start_time_seconds, now - 3600);
}

TEST(ProcessUsage, CountsOpenDescriptors) {
  const auto before = read_process_usage();
  const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const auto after = read_process_usage();
  ::close(descriptor);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->open_descriptors, before->open_descriptors + 1);
  // Standard input, output and error are open; the descriptors read_process_usage needs are not counted.
  EXPECT_EQ(read_process_usage()->open_descriptors, before->open_descriptors);
}

TEST(ProcessUsage, CountsCpuTime) {
  const double before = read_process_usage()->cpu_seconds;
  const auto cpu_seconds = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  for (const double start = cpu_seconds(); cpu_seconds() - start < 0.05;) continue;
  EXPECT_GE(read_process_usage()->cpu_seconds, before + 0.03);
}

}  // namespace
}  // namespace hookferry::metrics
