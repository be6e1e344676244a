#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace hookferry {
namespace {

TEST(Cat, TextsCharactersAndIntegers) {
  const std::string text = "b";
  EXPECT_EQ(cat("a", text, 'c', std::string_view("d")), "abcd");
  EXPECT_EQ(cat(0, ' ', -1, ' ', std::uint8_t{7}), "0 -1 7");
  EXPECT_EQ(cat(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max()),
            "-922337203685477580818446744073709551615");
  EXPECT_EQ(cat(), "");
}

TEST(Hex, LowerCaseBothWays) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x9f, 0xab, 0xff};
  EXPECT_EQ(hex(bytes), "009fabff");
  std::string out = "x";
  append_hex(out, bytes);
  EXPECT_EQ(out, "x009fabff");
  std::array<std::uint8_t, 4> back{};
  ASSERT_TRUE(parse_hex("009fabff", back));
  EXPECT_EQ(back, bytes);
}

TEST(Hex, AnythingElseIsRefused) {
  std::array<std::uint8_t, 2> out{};
  for (const std::string_view bad : {"", "00", "000", "00000", "00FF", "00fg", "0x00", " 000", "00 0", "00\xc3\xa9"}) {
    EXPECT_FALSE(parse_hex(bad, out)) << bad;
  }
  EXPECT_TRUE(parse_hex("", std::span<std::uint8_t>()));
}

TEST(Printable, OnlyAsciiWithoutControlCharacters) {
  EXPECT_EQ(printable("a b~"), "a b~");
  EXPECT_EQ(printable(std::string_view("\0\n\x1b\x7f\xc3\xa9", 6)), "\\x00\\x0a\\x1b\\x7f\\xc3\\xa9");
}

TEST(Printable, CutsAtTheLimit) {
  EXPECT_EQ(printable("abcd", 4), "abcd");
  EXPECT_EQ(printable("abcde", 4), "abcd...");
  EXPECT_EQ(printable("", 0), "");
}

TEST(JsonEscaped, WhatAStringMayNotContain) {
  std::string out = "x";
  append_json_escaped(out, std::string_view("a\"\\\n\t\0\x1f\x7f/\xc3\xa9", 11));
  EXPECT_EQ(out, "xa\\\"\\\\\\u000a\\u0009\\u0000\\u001f\\u007f/\xc3\xa9");
}

TEST(HumanSize, WholeUnits) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(12), "12 B");
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(1024), "1 KiB");
  EXPECT_EQ(human_size(1025), "1025 B");
  EXPECT_EQ(human_size(896 << 10), "896 KiB");
  EXPECT_EQ(human_size(std::uint64_t{5} << 30), "5 GiB");
  EXPECT_EQ(human_size(std::uint64_t{5} << 40), "5120 GiB");
}

}  // namespace
}  // namespace hookferry
