// JSON that readers and writers get wrong: what is valid passes untouched, what is not is quarantined.
#include <boost/json.hpp>
#include <string>

#include "senders/render.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::Sender;
using test::told;

TEST(AwkwardJson, ThatIsValidPassesByteForByte) {
  Sender sender = test::glossi();
  for (const std::string data : {
           "1e400",
           "-1e400",
           "1E-400",
           "0.1e1",
           "0e+1",
           "0E0",
           "-0",
           "-0.0",
           "1.0000000000000000000000000000000001",
           "12345678901234567890",
           "123456789012345678901234567890123456789012345678901234567890",
           "18446744073709551616",
           "-9223372036854775809",
           "0.00000000000000000000000000000000000000001",
           R"({"a":1,"a":2,"a":{"b":1,"b":2}})",
           R"({"":{"":""}})",
           R"("\u0041\/\b\f\n\r\t\"\\")",
           R"("\ud83e\udd86 \u2028 \uFFFF \u0000 \u007f")",
           "\"\xe2\x80\xa8\xe2\x80\xa9\"",
           "\"\x7f\"",
           "\"\xef\xbf\xbf\"",
           "\"\xf4\x8f\xbf\xbf\"",
           "\"\xc2\x80\"",
           "\"\xef\xbb\xbf\"",
           "[ ]",
           "{ }",
           "[\n1\t,\r 2 ]",
           "{\n\t\"jobId\"\t:\r\n\"j\" \n}",
           R"(["{","}","]","[",",",":","\"","\\","\\\""])",
           R"({"}":"{","\"":"\\","\\":"\""})",
           R"([[[[[[]]]],{},[{}],[[],[]]]])",
           R"([true,false,null])",
           R"("not {\"event\":\"job.failed\"}")",
       }) {
    const std::string body = " {\"event\" : \"job.complete\" , \"data\"\n:\t" + data + "\r\n}\n";
    const auto result = sender.read(body);
    ASSERT_EQ(told(sender, result), "job.complete") << data;
    const Event& event = std::get<Event>(result);
    EXPECT_EQ(event.data, data);
    const Record record = render_event(sender.source(), event, {}, WallTime(), 0);
    EXPECT_TRUE(record.value().ends_with(",\"data\":" + data + "}")) << record.value();
    EXPECT_NO_THROW(static_cast<void>(boost::json::parse(record.value()))) << record.value();
  }
}

TEST(AwkwardJson, ThatIsInvalidIsToldSo) {
  Sender sender = test::glossi();
  for (const std::string& data : {
           std::string("01"),
           std::string("+1"),
           std::string(".5"),
           std::string("1."),
           std::string("1.e1"),
           std::string("1e"),
           std::string("1e+"),
           std::string("-"),
           std::string("--1"),
           std::string("0x10"),
           std::string("NaN"),
           std::string("Infinity"),
           std::string("-Infinity"),
           std::string("True"),
           std::string("nul"),
           std::string("nulll"),
           std::string("undefined"),
           std::string("'a'"),
           std::string("\"a"),
           std::string("\"\n\""),
           std::string("\"\t\""),
           std::string("\"\0\"", 3),
           std::string(R"("\x41")"),
           std::string(R"("\u12")"),
           std::string(R"("\u123g")"),
           std::string(R"("\U0041")"),
           std::string(R"("\ud800")"),
           std::string(R"("\udc00")"),
           std::string(R"("\ud800\ud800")"),
           std::string(R"("\ud800x")"),
           std::string(R"("\udc00\ud800")"),
           std::string("\"\x80\""),
           std::string("\"\xc0\x80\""),
           std::string("\"\xc3\""),
           std::string("\"\xed\xa0\x80\""),
           std::string("\"\xf4\x90\x80\x80\""),
           std::string("\"\xf8\x88\x80\x80\x80\""),
           std::string("\"\xff\""),
           std::string("\"\xe0\x80\xaf\""),
           std::string("[1,]"),
           std::string("[,1]"),
           std::string("[1 2]"),
           std::string("[1"),
           std::string("[1}"),
           std::string("{\"a\":1,}"),
           std::string("{a:1}"),
           std::string("{\"a\" 1}"),
           std::string("{\"a\":}"),
           std::string("{1:1}"),
           std::string("{\"a\":1 \"b\":2}"),
           std::string("/**/1"),
           std::string("1//x"),
           std::string("\x0b"
                       "1"),
           std::string("\xc2\xa0"
                       "1"),
           std::string(),
           std::string("1,"),
           std::string("1,2"),
       }) {
    const std::string body = R"({"event":"job.complete","data":)" + data + "}";
    EXPECT_EQ(told(sender, sender.read(body)), "not_json") << body;
  }
}

TEST(AwkwardJson, HasNothingBeforeItAndNothingAfter) {
  Sender sender = test::glossi();
  const std::string body = R"({"event":"job.complete","data":{}})";
  EXPECT_EQ(told(sender, sender.read(" \n" + body + "\r\n\t ")), "job.complete");
  for (const std::string& other :
       {"\xef\xbb\xbf" + body, body + body, body + ",", body + "}", body + std::string(1, '\0'), "\f" + body,
        std::string("\xff\xfe{\0}\0", 6), "//\n" + body, body + "#", body.substr(0, body.size() - 1)}) {
    EXPECT_EQ(told(sender, sender.read(other)), "not_json") << other;
  }
}

TEST(AwkwardJson, MayBeLong) {
  Sender sender = test::glossi();
  // Longer than the parser's own buffer for texts with escapes, in every alignment to it.
  for (std::size_t size = 4080; size < 4110; ++size) {
    const std::string text =
        std::string(size, 'x') + R"(\u00e9\")" + "\xc3\xa9\xf0\x9f\xa6\x86" + std::string(size, 'y');
    const std::string key = "\"" + text + "\"";
    const std::string body = "{" + key + ":" + key + R"(,"event":"job.complete","data":[)" + key + "]}";
    const auto result = sender.read(body);
    ASSERT_EQ(told(sender, result), "job.complete") << size;
    EXPECT_EQ(std::get<Event>(result).data, "[" + key + "]");
    EXPECT_EQ(std::get<Event>(result).unmapped, "{" + key + ":" + key + "}");
  }
  std::string many = R"({"event":"job.complete","data":0)";
  for (int i = 0; i < 50000; ++i) many += ",\"k\":[]";
  many += "}";
  EXPECT_EQ(told(sender, sender.read(many)), "job.complete");
}

}  // namespace
}  // namespace hookferry::senders
