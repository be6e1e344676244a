#include "cli/record_text.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

namespace hookferry::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

kafka::ConsumedRecord record() {
  kafka::ConsumedRecord record;
  record.topic = "glossi.job.complete";
  record.partition = 3;
  record.offset = 42;
  record.timestamp = WallTime(std::chrono::milliseconds(1736937001234));
  record.key = "job-1";
  record.value =
      R"({"specversion":"1.0","id":"86e3744c0123456789abcdef01234567","subject":"job-1","data":{"a":1e400}})";
  record.headers = {{"ce_id", "86e3744c0123456789abcdef01234567"}, {"ce_type", "glossi.job.complete"}};
  return record;
}

kafka::ConsumedRecord quarantined(std::string body) {
  kafka::ConsumedRecord out = record();
  out.topic = "glossi-quarantine";
  out.value = std::move(body);
  out.null_key = true;
  out.headers = {{"hookferry-reason", "unknown_event"}, {"hookferry-source", "glossi"}};
  return out;
}

RecordText text_of() {
  return RecordText({{"glossi.job.complete", {"glossi", "job.complete"}}, {"glossi-quarantine", {"glossi", ""}}},
                    false);
}

std::string line(const kafka::ConsumedRecord& what) {
  return text_of().text(what);
}
std::string json(const kafka::ConsumedRecord& what) {
  return text_of().json(what);
}

TEST(RecordText, IsALineOfColumns) {
  EXPECT_EQ(line(record()), "10:30:01.234 glossi   job.complete          86e3744c  glossi.job.complete[3]@42  job-1");
  EXPECT_EQ(line(quarantined("abc")),
            "10:30:01.234 glossi   -                     quarantined unknown_event  glossi-quarantine[3]@42  3 bytes");
  EXPECT_THAT(RecordText({}, true).text(record()),
              testing::StartsWith("2025-01-15T10:30:01.234Z glossi   job.complete "));
}

TEST(RecordText, TakesTheNameFromTheRecordWhereTheTopicIsNotKnown) {
  EXPECT_THAT(RecordText({}, false).text(record()), HasSubstr(" glossi   job.complete "));
  EXPECT_THAT(RecordText({}, false).text(quarantined("x")), HasSubstr(" glossi   - "));
  kafka::ConsumedRecord foreign;
  foreign.topic = "other";
  EXPECT_EQ(line(foreign), "-            -        -                     -         other[-1]@-1  not JSON, 0 bytes");
}

TEST(RecordText, HasNoControlCharacterFromARecord) {
  kafka::ConsumedRecord hostile = record();
  hostile.value = "{\"subject\":\"a\\u001b[31m\\nb\\u202ec\"}";
  hostile.headers = {{"ce_id", "\x1b]0;x\x07"}, {"ce_type", "t\n\x9b"}};
  hostile.topic = "t";
  for (const char c : line(hostile)) EXPECT_GE(static_cast<unsigned char>(c), 0x20u);
  EXPECT_THAT(line(hostile), HasSubstr("\\x1b"));
  hostile.value = "{\"a\":\"\x7f\xc2\x9b\xc2\x85\",\n\"b\":\t1}";
  hostile.key = "k\x1b";
  const std::string safe = json(hostile);
  for (const char c : safe) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20u);
    EXPECT_NE(c, '\x7f');
  }
  EXPECT_THAT(safe, Not(HasSubstr("\xc2\x9b")));
  EXPECT_EQ(boost::json::parse(safe).at("value").at("a").as_string(), "\x7f\xc2\x9b\xc2\x85");
}

TEST(RecordJson, HasTheWholeRecordAndItsValueAsItIs) {
  kafka::ConsumedRecord with_repeated = record();
  with_repeated.headers.emplace_back("ce_type", "again");
  with_repeated.headers.emplace_back("binary", "\xff");
  const std::string text = json(with_repeated);
  EXPECT_EQ(text, R"({"topic":"glossi.job.complete","partition":3,"offset":42,"timestamp":"2025-01-15T10:30:01.234Z",)"
                  R"("key":"job-1","headers":{"ce_id":"86e3744c0123456789abcdef01234567",)"
                  R"("ce_type":["glossi.job.complete","again"]},"headers_base64":{"binary":"/w=="},"value":)" +
                      record().value + "}");
}

TEST(RecordJson, RepresentsAnyBytes) {
  const auto member = [](const kafka::ConsumedRecord& what, const char* name) {
    const auto object = boost::json::parse(json(what)).as_object();
    EXPECT_TRUE(object.contains(name)) << json(what);
    return object.at(name);
  };
  EXPECT_EQ(member(quarantined("not json"), "value_text").as_string(), "not json");
  EXPECT_EQ(member(quarantined("\xff\x01"), "value_base64").as_string(), "/wE=");
  EXPECT_EQ(member(quarantined(""), "value_text").as_string(), "");
  EXPECT_EQ(member(quarantined("\"text\""), "value").as_string(), "text");
  EXPECT_TRUE(member(quarantined("x"), "key").is_null());
  kafka::ConsumedRecord tombstone = record();
  tombstone.null_value = true;
  tombstone.timestamp.reset();
  tombstone.key = "\xfe";
  EXPECT_TRUE(member(tombstone, "value").is_null());
  EXPECT_TRUE(member(tombstone, "timestamp").is_null());
  EXPECT_EQ(member(tombstone, "key_base64").as_string(), "/g==");
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_TRUE(member(quarantined(all), "value_base64").is_string());
  EXPECT_THAT(json(quarantined("{\"a\":\n 1}")), HasSubstr("\"value\":{\"a\":1}"));
}

}  // namespace
}  // namespace hookferry::cli
