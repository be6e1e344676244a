#include "base/json_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace hookferry {
namespace {

TEST(JsonText, QuotesAndEscapes) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a \"b\" \\ \n ü"), R"("a \"b\" \\ \u000a ü")");
}

TEST(JsonText, ArraysAndObjectsKeepTheirOrder) {
  EXPECT_EQ(json_array({}), "[]");
  EXPECT_EQ(json_array(std::vector<std::string>{"2", "\"1\""}), R"([2,"1"])");
  EXPECT_EQ(JsonObject().str(), "{}");
  JsonObject object;
  object.text("z", "1").json("a\"", "true");
  EXPECT_EQ(object.str(), R"({"z":"1","a\"":true})");
  EXPECT_EQ(object.text("b", "2").str(), R"({"z":"1","a\"":true,"b":"2"})");
}

}  // namespace
}  // namespace hookferry
