#include "senders/json_tree.h"

#include <gtest/gtest.h>

namespace hookferry::senders {
namespace {

std::string rendered(std::string_view text, const JsonStyle& style = {}) {
  const auto tree = parse_json(text);
  return tree ? render_json(*tree, style) : "not JSON";
}

TEST(JsonTree, KeepsNumbersStringsAndOrderAsWritten) {
  EXPECT_EQ(rendered(R"( { "b" : 1.50e+3 , "a" : [ true , null , "\u0041\/" ] , "b" : { } } )"),
            R"({"b":1.50e+3,"a":[true,null,"\u0041\/"],"b":{}})");
  EXPECT_EQ(rendered("[]"), "[]");
  EXPECT_EQ(rendered("7"), "7");
}

TEST(JsonTree, RendersAsOthersDo) {
  constexpr std::string_view text = R"({"b":[1,{"c":"ü/😀"}],"a":[]})";
  EXPECT_EQ(rendered(text, {.blanks = true, .escapes = JsonStyle::Escapes::ascii}),
            R"({"b": [1, {"c": "\u00fc/\ud83d\ude00"}], "a": []})");
  EXPECT_EQ(rendered(text, {.sorted = true, .escapes = JsonStyle::Escapes::slashes}),
            R"({"a":[],"b":[1,{"c":"\u00fc\/\ud83d\ude00"}]})");
  EXPECT_EQ(rendered(text, {.blanks = true, .indent = 2}),
            "{\n  \"b\": [\n    1,\n    {\n      \"c\": \"ü/😀\"\n    }\n  ],\n  \"a\": []\n}");
  EXPECT_EQ(rendered(R"(["\u00fc\u0007\n\/"])", {.escapes = JsonStyle::Escapes::plain}), R"(["ü\u0007\n/"])");
}

TEST(JsonTree, RefusesWhatIsNotOneValue) {
  for (const std::string_view text : {"", " ", "{", "[1", "{\"a\"}", "{\"a\":}", "{a:1}", "[1,]", "[1 2]", "{} {}",
                                      "\"a", "\"a\nb\"", "\"a\\", "[}", ",", ":"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_FALSE(parse_json(std::string(70, '[') + std::string(70, ']'))) << "too deep";
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
}

TEST(JsonTree, FindsAndDecodes) {
  constexpr std::string_view text = R"({"name":"a\"b\\\u00fc\ud83d\ude00","n":1})";
  const auto tree = parse_json(text);
  ASSERT_TRUE(tree);
  ASSERT_NE(tree->find("name"), nullptr);
  EXPECT_EQ(tree->find("name")->string(), "a\"b\\ü😀");
  EXPECT_EQ(tree->find("none"), nullptr);
  EXPECT_FALSE(tree->find("n")->string());
  EXPECT_EQ(tree->find("n")->text, "1");
  for (const std::string_view bad : {"\\ud800", "\\ud800x", "\\udc00", "\\u12", "\\x", "\\"}) {
    EXPECT_FALSE(decode_json_string(bad)) << bad;
  }
}

}  // namespace
}  // namespace hookferry::senders
