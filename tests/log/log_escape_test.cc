#include "base/log_escape.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

namespace hookferry {
namespace {

using namespace std::string_view_literals;

std::string text(std::string_view in, Blanks blanks = Blanks::keep, std::size_t limit = 200) {
  std::string out;
  append_text_escaped(out, in, limit, blanks);
  return out;
}

std::string json(std::string_view in, std::size_t limit = 200) {
  std::string out;
  append_json_text(out, in, limit);
  return out;
}

TEST(LogEscape, KeepsWhatIsHarmless) {
  EXPECT_EQ(text("job.complete, \"quoted\" \\ ~"), "job.complete, \"quoted\" \\ ~");
  EXPECT_EQ(text("Füße 東京 😀"), "Füße 東京 😀");
  EXPECT_EQ(json("Füße 東京 😀"), "Füße 東京 😀");
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(json(""), "");
}

TEST(LogEscape, HasNoControlCharacterInText) {
  EXPECT_EQ(text("a\r\nb\0c\t\x1b[31m\x7f"sv), "a\\x0d\\x0ab\\x00c\\x09\\x1b[31m\\x7f");
  EXPECT_EQ(text("\xC2\x85\xC2\x9B"), "\\xc2\\x85\\xc2\\x9b") << "NEL, CSI";
  EXPECT_EQ(text("\u2028\u202e\u2066"), "\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x81\\xa6");
}

TEST(LogEscape, HasNoControlCharacterInJson) {
  EXPECT_EQ(json("a\r\nb\0c\x1b\x7f\"\\"sv), "a\\u000d\\u000ab\\u0000c\\u001b\\u007f\\\"\\\\");
  EXPECT_EQ(json("\xC2\x85\u2028\u202e"), "\\u0085\\u2028\\u202e");
}

TEST(LogEscape, ReplacesWhatIsNotUtf8) {
  struct Case {
    std::string_view in, text, json;
  };
  const Case cases[] = {
      {"\xff", "\\xff", "\uFFFD"},
      {"\xC3", "\\xc3", "\uFFFD"},
      {"\xC3(", "\\xc3(", "\uFFFD("},
      {"\xC0\xAF", "\\xc0\\xaf", "\uFFFD\uFFFD"},                                // overlong
      {"\xE0\x80\xAF", "\\xe0\\x80\\xaf", "\uFFFD\uFFFD\uFFFD"},                 // overlong
      {"\xF0\x80\x80\xAF", "\\xf0\\x80\\x80\\xaf", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // overlong
      {"\xED\xA0\x80", "\\xed\\xa0\\x80", "\uFFFD\uFFFD\uFFFD"},                 // a surrogate
      {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
      {"\xE2\x82", "\\xe2\\x82", "\uFFFD\uFFFD"},                                // ends too early
  };
  for (const Case& c : cases) {
    EXPECT_EQ(text(c.in), c.text);
    EXPECT_EQ(json(c.in), c.json) << c.text;
  }
}

TEST(LogEscape, EscapesBlanksOfAColumn) {
  EXPECT_EQ(text("job.x  accepted", Blanks::escape), "job.x\\x20\\x20accepted");
}

TEST(LogEscape, CutsLongTextsBetweenCodePoints) {
  EXPECT_EQ(text("abcdef", Blanks::keep, 6), "abcdef");
  EXPECT_EQ(text("abcdefg", Blanks::keep, 6), "abcdef...");
  EXPECT_EQ(text("abcde\u20acx", Blanks::keep, 6), "abcde...");
  EXPECT_EQ(json("abcd\u20acx", 6), "abcd...");
  EXPECT_EQ(text("\x80\x80\x80\x80\x80\x80\x80\x80", Blanks::keep, 6).substr(0, 12), "\\x80\\x80\\x80");
}

TEST(LogEscape, MakesValidJsonAndOneLineOfAnything) {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string in(random() % 24, '\0');
    for (char& c : in)
      c = static_cast<char>(random() % 3 == 0 ? "\"\\\r\n\x1b\xe2\x80\xc2"[random() % 8] : static_cast<int>(random()));
    const std::string escaped = json(in);
    boost::json::error_code error;
    EXPECT_TRUE(boost::json::parse("\"" + escaped + "\"", error).is_string()) << escaped;
    for (const std::string& out : {escaped, text(in)}) {
      for (const char c : out) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << out;
    }
  }
}

}  // namespace
}  // namespace hookferry
