#include "base/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace hookferry {
namespace {

using namespace std::chrono_literals;

TEST(Durations, AreReadWithTheirUnit) {
  const std::pair<std::string_view, Duration> good[] = {{"0s", 0s},    {"500us", 500us}, {"250ms", 250ms},
                                                        {"4s", 4s},    {"3m", 3min},     {"24h", 24h},
                                                        {"30d", 720h}, {"007s", 7s},     {"106751d", 24h * 106751}};
  for (const auto& [text, expected] : good) {
    const Result<Duration> value = parse_duration(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(*value, expected) << text;
  }
}

TEST(Durations, AnythingElseIsRefused) {
  for (const std::string_view bad : {"", "0", "4", "s", "4 s", " 4s", "4s ", "-4s", "+4s", "4.5s", "4S", "4sec", "4min",
                                     "1h30m", "4ns", "0x4s", "4\xc2\xb5s"}) {
    const Result<Duration> value = parse_duration(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_NE(
        value.error().message.find(" is not a duration: write a whole number and a unit, such as 250ms, 4s or 24h"),
        std::string::npos)
        << value.error().message;
  }
  EXPECT_EQ(parse_duration("106752d").error().message, "'106752d' is too large a duration");
  EXPECT_EQ(parse_duration("99999999999999999999s").error().message, "'99999999999999999999s' is too large a duration");
}

TEST(Sizes, AreReadWithTheirUnit) {
  EXPECT_EQ(*parse_size("0B"), 0u);
  EXPECT_EQ(*parse_size("12B"), 12u);
  EXPECT_EQ(*parse_size("64KiB"), 65536u);
  EXPECT_EQ(*parse_size("1MiB"), 1048576u);
  EXPECT_EQ(*parse_size("3GiB"), std::uint64_t{3} << 30);
  for (const std::string_view bad : {"", "64", "64K", "64KB", "64kib", "64 KiB", "-1B", "1TiB", "1.5MiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
  EXPECT_EQ(parse_size("8589934592GiB").error().message, "'8589934592GiB' is too large a size");
}

TEST(Durations, AreWrittenAsTheyAreRead) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(4s), "4s");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(500us), "500us");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(24h), "1d");
  for (const Duration value : {Duration(1us), Duration(61s), Duration(25h), Duration(90min)}) {
    EXPECT_EQ(*parse_duration(format_duration(value)), value);
  }
}

TEST(Sizes, AreWrittenAsTheyAreRead) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1023), "1023B");
  EXPECT_EQ(format_size(896 << 10), "896KiB");
  EXPECT_EQ(format_size(64 << 20), "64MiB");
  EXPECT_EQ(format_size(std::uint64_t{2} << 30), "2GiB");
}

TEST(HumanDuration, TwoOrThreeDigits) {
  EXPECT_EQ(human_duration(100us), "0.10 ms");
  EXPECT_EQ(human_duration(2100us), "2.1 ms");
  EXPECT_EQ(human_duration(99ms), "99.0 ms");
  EXPECT_EQ(human_duration(999us), "1.0 ms");
  EXPECT_EQ(human_duration(99980us), "100 ms");
  EXPECT_EQ(human_duration(12345ms), "12.3 s");
  EXPECT_EQ(human_duration(100min), "100 min");
  EXPECT_EQ(human_duration(900ms), "0.9 s");
  EXPECT_EQ(human_duration(119s), "119 s");
  EXPECT_EQ(human_duration(3min), "3.0 min");
  EXPECT_EQ(human_duration(210min), "3.5 h");
}

}  // namespace
}  // namespace hookferry
