#include "base/time.h"

#include <gtest/gtest.h>

namespace hookferry {
namespace {

using namespace std::chrono_literals;

std::string rfc3339(Duration since_epoch) {
  std::string out;
  append_rfc3339(out, WallTime(since_epoch));
  return out;
}

TEST(Rfc3339, IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(rfc3339(0s), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1736937000s), "2025-01-15T10:30:00.000Z");
  EXPECT_EQ(rfc3339(1736937000s + 999999999ns), "2025-01-15T10:30:00.999Z");
  EXPECT_EQ(rfc3339(1709164799s), "2024-02-28T23:59:59.000Z");
  EXPECT_EQ(rfc3339(1709164800s), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(-1ns), "1969-12-31T23:59:59.999Z");
  EXPECT_TRUE(is_rfc3339(rfc3339(1736937000s)));
}

TEST(Rfc3339, WhatEverySdkTakes) {
  for (const std::string_view good :
       {"2025-01-15T10:30:00Z", "2025-01-15T10:30:00.1Z", "2025-01-15T10:30:00.123456789Z", "2025-01-15T10:30:00+05:30",
        "2025-01-15T10:30:00.5-23:59", "2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "2025-01-15T10:30:00-00:00"}) {
    EXPECT_TRUE(is_rfc3339(good)) << good;
  }
}

TEST(Rfc3339, WhatSomeSdkRefuses) {
  for (const std::string_view bad : {"",
                                     "2025-01-15",
                                     "2025-01-15t10:30:00Z",
                                     "2025-01-15T10:30:00z",
                                     "2025-01-15 10:30:00Z",
                                     "2025-01-15T10:30:00",
                                     "2025-01-15T10:30Z",
                                     "2025-01-15T10:30:60Z",
                                     "2025-01-15T24:00:00Z",
                                     "2025-01-15T10:60:00Z",
                                     "2025-13-15T10:30:00Z",
                                     "2025-00-15T10:30:00Z",
                                     "2025-01-32T10:30:00Z",
                                     "2025-01-00T10:30:00Z",
                                     "2025-02-29T00:00:00Z",
                                     "1900-02-29T00:00:00Z",
                                     "2025-04-31T00:00:00Z",
                                     "0000-01-01T00:00:00Z",
                                     "2025-01-15T10:30:00.Z",
                                     "2025-01-15T10:30:00.1234567890Z",
                                     "2025-01-15T10:30:00,5Z",
                                     "2025-01-15T10:30:00+0530",
                                     "2025-01-15T10:30:00+24:00",
                                     "2025-01-15T10:30:00+05:60",
                                     "2025-01-15T10:30:00+05",
                                     "2025-01-15T10:30:00Zx",
                                     " 2025-01-15T10:30:00Z",
                                     "2025-01-15T10:30:00Z ",
                                     "25-01-15T10:30:00Z",
                                     "+2025-01-15T10:30:00Z",
                                     "2025-1-15T10:30:00Z",
                                     "2025-01-15T1:30:00Z",
                                     "2025-01-15T10:30:00Z\n"}) {
    EXPECT_FALSE(is_rfc3339(bad)) << bad;
  }
  EXPECT_FALSE(is_rfc3339(std::string_view("2025-01-15T10:30:00\0Z", 21)));
}

TEST(SystemClock, MovesForward) {
  const SystemClock clock;
  const MonotonicTime first = clock.monotonic();
  EXPECT_GE(clock.monotonic(), first);
  EXPECT_GT(clock.wall(), WallTime(1700000000s));
}

}  // namespace
}  // namespace hookferry
