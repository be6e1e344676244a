#include "kafka/seen_record.h"

#include <gtest/gtest.h>

#include <string>

#include "kafka/tail_client.h"
#include "tests/fakes/clock.h"
#include "tests/kafka/fake_tail_client.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

const std::string conflict = "000102030405060708090a0b0c0d0e0f";
const std::string data = "101112131415161718191a1b1c1d1e1f";
const std::string id = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

TEST(SeenRecord, TellsTheEventsKey) {
  const auto key = parse_seen("01" + conflict + data, id);
  ASSERT_TRUE(key);
  EXPECT_EQ(hex(key->conflict), conflict);
  EXPECT_EQ(hex(key->id), id);
}

TEST(SeenRecord, AnythingElseTellsNothing) {
  EXPECT_FALSE(parse_seen("", id));
  EXPECT_FALSE(parse_seen("02" + conflict + data, id)) << "a version to come";
  EXPECT_FALSE(parse_seen("01" + conflict, id));
  EXPECT_FALSE(parse_seen("01" + conflict + data + "00", id));
  EXPECT_FALSE(parse_seen("01" + conflict + "101112131415161718191A1B1C1D1E1F", id)) << "upper case";
  EXPECT_FALSE(parse_seen("01" + conflict + "g" + data.substr(1), id));
  EXPECT_FALSE(parse_seen("01" + conflict + data, ""));
  EXPECT_FALSE(parse_seen("01" + conflict + data, id.substr(1)));
}

TEST(SightingFeed, PassesOverWhatTellsNothingAndSaysSoOnce) {
  KeptSightings sightings;
  KeptLog kept;
  const fakes::FakeClock clock;
  SightingFeed feed(sightings, kept.log, clock);
  feed.take("t", 3, 17, clock.wall(), {"", ""});
  feed.take("t", 3, 18, clock.wall(), {"01", id});
  feed.take("t", 3, 19, std::nullopt, {"01" + conflict + data, id});
  EXPECT_EQ(feed.taken(), 1u);
  EXPECT_EQ(feed.passed_over(), 2u);
  EXPECT_EQ(sightings.numbers().size(), 1u);
  const std::string text = kept.text();
  EXPECT_NE(text.find("record 17 of topic t[3] has no hookferry-dedupe header"), std::string::npos) << text;
  EXPECT_EQ(text.find("record 18"), std::string::npos) << text;
}

TEST(OffsetAnswer, IsBelievedOnlyWithoutAnErrorOfItsOwn) {
  rd_kafka_topic_partition_t element{};
  OffsetQuestion question;
  element.offset = 42;
  take_answer(element, question);
  EXPECT_EQ(question.offset, 42);
  element.offset = 1736937000000;  // the time that was asked for
  element.err = RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
  take_answer(element, question);
  EXPECT_EQ(question.offset, -1);
  EXPECT_EQ(question.error, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  element = {};
  element.offset = RD_KAFKA_OFFSET_END;
  take_answer(element, question);
  EXPECT_EQ(question.offset, -1) << "no record is that young";
}

TEST(RestAfterAFetch, IsTheLongerTheLessTheAnswerBrought) {
  using std::chrono::microseconds;
  EXPECT_EQ(rest_after(0), microseconds(50000));
  EXPECT_EQ(rest_after(131072), microseconds(37500));
  EXPECT_EQ(rest_after(393216), microseconds(12500)) << "the next batch may not have fitted";
  EXPECT_EQ(rest_after(524288), microseconds(0)) << "as much as an answer may hold: there is more";
  EXPECT_EQ(rest_after(1 << 20), microseconds(0)) << "a batch may be larger than that";
}

}  // namespace
}  // namespace hookferry::kafka
