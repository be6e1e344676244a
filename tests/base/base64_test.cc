#include "base/base64.h"

#include <gtest/gtest.h>

namespace hookferry {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(Base64, IsRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(parse_base64(text), bytes);
  }
}

TEST(Base64, TakesTheUrlSafeAlphabetAndNoPadding) {
  EXPECT_EQ(parse_base64("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(parse_base64("Zm9vYg"), "foob");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view text : {"Z", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Zm 9v", "Zg===", "====", "Zm9vYg==Zg=="}) {
    EXPECT_FALSE(parse_base64(text)) << text;
  }
}

}  // namespace
}  // namespace hookferry
