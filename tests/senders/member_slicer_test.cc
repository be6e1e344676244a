#include "senders/member_slicer.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "base/text.h"

namespace hookferry::senders {
namespace {

/// Keys and values as [key|value], then "." for a complete object or "!" for what is none.
std::string slices(std::string_view text) {
  std::string out;
  MemberSlicer slicer(text);
  MemberSlice member;
  while (slicer.next(member)) {
    out.append("[").append(member.key).append("|").append(member.value).append("]");
  }
  EXPECT_FALSE(slicer.next(member)) << "it stays at its end";
  return out.append(slicer.complete() ? "." : "!");
}

TEST(MemberSlicer, FindsEachMember) {
  EXPECT_EQ(slices("{}"), ".");
  EXPECT_EQ(slices(R"({"a":1})"), R"(["a"|1].)");
  EXPECT_EQ(slices(R"({"a":1,"b":"x","c":null,"d":[1,2],"e":{"f":{}},"g":-1.5e+400})"),
            R"(["a"|1]["b"|"x"]["c"|null]["d"|[1,2]]["e"|{"f":{}}]["g"|-1.5e+400].)");
}

TEST(MemberSlicer, LeavesOutTheWhiteSpaceAround) {
  EXPECT_EQ(slices(" \t\r\n{ \"a\" :\n[ 1 , 2 ]\t, \"b\"\r: { \"c\" : 1 } \n} "),
            "[\"a\"|[ 1 , 2 ]][\"b\"|{ \"c\" : 1 }].");
  EXPECT_EQ(slices(" { } "), ".");
}

TEST(MemberSlicer, SeesStringsAsStrings) {
  EXPECT_EQ(slices(R"({"a}":"}","b\"":"\"}","c\\":"\\","d":["]","\"]","\\"],"e":{"{":"}{"}})"),
            R"(["a}"|"}"]["b\""|"\"}"]["c\\"|"\\"]["d"|["]","\"]","\\"]]["e"|{"{":"}{"}].)");
}

/// Where the string that `text` begins with ends; npos: nowhere. One character after the other.
std::size_t end_of_string(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

TEST(MemberSlicer, FindsTheEndOfAnyString) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string string = "\"";
    for (auto left = random() % 40; left > 0; --left) string.push_back("\"\\\\ab"[random() % 5]);
    const std::size_t end = end_of_string(string);
    const std::string text = cat("{", string, end == std::string::npos ? "" : ":1}");
    const bool found = end == string.size();
    EXPECT_EQ(slices(text), found ? cat("[", string, "|1].") : "!") << text;
  }
}

TEST(MemberSlicer, KeepsMembersThatStandTwice) {
  EXPECT_EQ(slices(R"({"a":1,"a":2})"), R"(["a"|1]["a"|2].)");
}

TEST(MemberSlicer, StopsAtWhatIsNoObject) {
  for (const char* text : {"", " ", "[", "[]", "1", "\"a\"", "null", "}", "{", "{,}", "{a:1}", "{} x", "{}{}"}) {
    EXPECT_EQ(slices(text), "!") << text;
  }
  EXPECT_EQ(slices(R"({"a":1,})"), R"(["a"|1]!)");
  EXPECT_EQ(slices(R"({"a":1 "b":2})"), R"(["a"|1]!)");
  EXPECT_EQ(slices(R"({"a":1},)"), R"(["a"|1]!)");
}

TEST(MemberSlicer, StaysWithinATextThatIsCutShort) {
  const std::string text = R"({"a\\":"x\"y","b":{"c":["d",{"e":"f"}]},"g":12,"h":true})";
  ASSERT_EQ(slices(text).back(), '.');
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    const std::unique_ptr<char[]> exact(new char[size]);  // so that the address sanitizer sees one byte too many
    cut.copy(exact.get(), size);
    EXPECT_EQ(slices({exact.get(), size}).back(), '!') << cut;
  }
}

}  // namespace
}  // namespace hookferry::senders
