#include "kafka/client_log.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

using std::chrono::seconds;

constexpr MonotonicTime start{};

TEST(LogLimiter, LetsOneOfAKindPassInTenSecondsAndCountsTheOthers) {
  LogLimiter limiter;
  EXPECT_EQ(limiter.pass("FAIL", "127.0.0.1:9092: refused (after 1ms)", start),
            "kafka client: 127.0.0.1:9092: refused (after 1ms)");
  EXPECT_EQ(limiter.pass("FAIL", "127.0.0.1:9092: refused (after 22ms)", start + seconds(1)), std::nullopt);
  EXPECT_EQ(
      limiter.pass("FAIL", "127.0.0.1:9092: refused (after 3ms, 1 identical error(s) suppressed)", start + seconds(9)),
      std::nullopt);
  EXPECT_EQ(limiter.pass("FAIL", "127.0.0.1:9092: refused (after 4ms)", start + seconds(10)),
            "kafka client: 127.0.0.1:9092: refused (after 4ms) (and 2 more like it)");
  EXPECT_EQ(limiter.pass("FAIL", "127.0.0.1:9092: refused (after 4ms)", start + seconds(20)),
            "kafka client: 127.0.0.1:9092: refused (after 4ms)");
}

TEST(LogLimiter, TellsKindsApartByFacilityAndText) {
  LogLimiter limiter;
  EXPECT_TRUE(limiter.pass("FAIL", "refused", start));
  EXPECT_TRUE(limiter.pass("FAIL", "timed out", start));
  EXPECT_TRUE(limiter.pass("ERROR", "refused", start));
  EXPECT_FALSE(limiter.pass("ERROR", "refused", start));
}

TEST(LogLimiter, ForgetsTheOldestKindsRatherThanGrow) {
  LogLimiter limiter;
  std::string text = "x";
  for (std::size_t i = 0; i < LogLimiter::max_kinds + 1; ++i, text += 'x') {
    EXPECT_TRUE(limiter.pass("FAIL", text, start + std::chrono::milliseconds(i)));
  }
  EXPECT_TRUE(limiter.pass("FAIL", "x", start + seconds(1))) << "the oldest should have been forgotten";
  text.pop_back();
  EXPECT_FALSE(limiter.pass("FAIL", text, start + seconds(1))) << "the newest should not have been";
}

TEST(LogLimiter, WritesNothingThatCouldBreakALine) {
  LogLimiter limiter;
  EXPECT_EQ(limiter.pass("FAIL", "a\r\nb", start), "kafka client: a\\x0d\\x0ab");
}

}  // namespace
}  // namespace hookferry::kafka
