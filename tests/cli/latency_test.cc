#include "cli/latency.h"

#include <gtest/gtest.h>

namespace hookferry::cli {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Latencies, ArePercentilesByNearestRank) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i) latencies.add(milliseconds(i));
  EXPECT_EQ(latencies.count(), 100u);
  EXPECT_EQ(latencies.percentile(50), milliseconds(50));
  EXPECT_EQ(latencies.percentile(90), milliseconds(90));
  EXPECT_EQ(latencies.percentile(99), milliseconds(99));
  EXPECT_EQ(latencies.percentile(100), milliseconds(100));
  EXPECT_EQ(latencies.percentile(0), milliseconds(1));
  EXPECT_EQ(latencies.summary(), "p50 50.0 ms · p90 90.0 ms · p99 99.0 ms · max 0.1 s");
}

TEST(Latencies, OfFewAreStillOnesThatHappened) {
  Latencies latencies;
  EXPECT_EQ(latencies.percentile(99), Duration());
  latencies.add(microseconds(7));
  Latencies other;
  other.add(microseconds(9));
  latencies.add(other);
  EXPECT_EQ(latencies.percentile(50), microseconds(7));
  EXPECT_EQ(latencies.percentile(51), microseconds(9));
}

TEST(Latencies, AreKeptWithinTheirBounds) {
  Latencies latencies;
  latencies.add(-seconds(1));
  latencies.add(hours(10000));
  EXPECT_EQ(latencies.percentile(50), Duration());
  EXPECT_GT(latencies.percentile(100), hours(1));
}

TEST(Progress, IsABarWithNumbers) {
  EXPECT_EQ(progress_line(0, 10, seconds(1), 10), "[----------] 0/10 · 0.0/s");
  EXPECT_EQ(progress_line(5, 10, seconds(2), 10), "[#####-----] 5/10 · 2.5/s");
  EXPECT_EQ(progress_line(4000, 4000, seconds(2), 4), "[####] 4000/4000 · 2000/s");
}

}  // namespace
}  // namespace hookferry::cli
