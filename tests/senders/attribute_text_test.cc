#include "senders/attribute_text.h"

#include <gtest/gtest.h>

namespace hookferry::senders {
namespace {

TEST(AttributeText, MayHaveAnythingButControlsAndNoncharacters) {
  for (const char* text : {"", "a", " ~", "\"\\", "\xc2\xa0", "\xe2\x80\xa8" /* U+2028 */, "\xef\xbf\xbd" /* U+FFFD */,
                           "\xef\xb7\x8f" /* U+FDCF */, "\xef\xb7\xb0" /* U+FDF0 */, "\xf0\x9f\xa6\x86",
                           "\xf4\x8f\xbf\xbd" /* U+10FFFD */, "\xee\x80\x80" /* U+E000, private use */}) {
    EXPECT_TRUE(is_attribute_text(text)) << text;
  }
  for (const char* text : {"\x01", "\x1f", "a\n", "\x7f", "\xc2\x80", "\xc2\x9f", "x\xef\xb7\x90" /* U+FDD0 */,
                           "\xef\xb7\xaf" /* U+FDEF */, "\xef\xbf\xbe" /* U+FFFE */, "\xef\xbf\xbf",
                           "\xf0\x9f\xbf\xbe" /* U+1FFFE */, "\xf4\x8f\xbf\xbf" /* U+10FFFF */}) {
    EXPECT_FALSE(is_attribute_text(text)) << text;
  }
  EXPECT_FALSE(is_attribute_text(std::string_view("a\0b", 3)));
}

std::string compact(std::string_view json) {
  std::string out;
  append_compact_json(out, json);
  return out;
}

TEST(CompactJson, HasNoWhiteSpaceOutsideStrings) {
  EXPECT_EQ(compact(" { \"a b\" :\t[ 1 ,\r\n2 , \" x  y \" ] , \"c\" : { } } "), R"({"a b":[1,2," x  y "],"c":{}})");
}

TEST(CompactJson, KeepsNumbersAndEscapesAsTheyAre) {
  const std::string_view text = R"({"\u0061\/\"":1e400,"b":-0.10,"c":"\\\" { } \u0000","d":12345678901234567890})";
  EXPECT_EQ(compact(text), text);
}

TEST(CompactJson, EscapesWhatAnAttributeMayNotCarry) {
  EXPECT_EQ(compact("\"\x7f|\xc2\x85|\xef\xbf\xbe|\xef\xb7\x90|\xf0\x9f\xbf\xbf|\xe2\x80\xa8\""),
            "\"\\u007f|\\u0085|\\ufffe|\\ufdd0|\\ud83f\\udfff|\xe2\x80\xa8\"");
}

TEST(CompactJson, StaysWithinATextThatIsCutShort) {
  EXPECT_EQ(compact("\"abc"), "\"abc");
  EXPECT_EQ(compact("\"abc\\"), "\"abc\\");
  EXPECT_EQ(compact("\"\xf0\x9f"), "\"\xf0\x9f");
}

}  // namespace
}  // namespace hookferry::senders
