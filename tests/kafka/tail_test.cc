#include "kafka/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "base/time.h"
#include "kafka/tail_problems.h"
#include "tests/fakes/clock.h"
#include "tests/kafka/fake_tail_client.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class TailTest : public testing::Test {
 protected:
  void start(std::vector<std::string> topics = {"a", "b"}, TailOptions options = {hours(3), seconds(30)}) {
    tail = Tail::start(std::make_unique<FakeTailClient>(kafka), "broker:9092", options,
                       TopicSet::all_used(std::move(topics)), sightings, kept.log, clock);
  }
  /// Its clock stands still, so that it looks again only when it is told to, or when time is moved.
  [[nodiscard]] bool warmed() {
    return eventually([&] { return tail->warmed(); });
  }
  [[nodiscard]] bool eventually_up(bool up = true) {
    return eventually([&] { return tail->state().up == up; });
  }
  /// Time goes on, so that what waits for a while is done with waiting.
  template <class Condition>
  [[nodiscard]] bool as_time_goes_by(const Condition& condition) {
    return eventually([&] {
      clock.advance(seconds(1));
      return condition();
    });
  }

  fakes::FakeClock clock;
  FakeKafka kafka;
  KeptSightings sightings;
  KeptLog kept;
  std::unique_ptr<Tail> tail;
};

TEST_F(TailTest, ReadsBackWhatIsYoungEnoughThenFollows) {
  kafka.create("a", 2);
  kafka.create("b", 1);
  kafka.append("a", 0, 1, clock.wall() - hours(4));
  kafka.append("a", 0, 2, clock.wall() - hours(2));
  kafka.append("b", 0, 3, clock.wall() - hours(1));
  start();
  ASSERT_TRUE(warmed());
  EXPECT_THAT(sightings.numbers(), UnorderedElementsAre(2, 3));
  EXPECT_EQ(sightings.back(), hours(3));
  EXPECT_TRUE(tail->state().up);
  EXPECT_EQ(tail->state().lag, Duration::zero());
  EXPECT_THAT(kept.text(), HasSubstr("warm-up: 2 events read back in"));

  kafka.append("a", 1, 4, clock.wall() - seconds(2));
  ASSERT_TRUE(sightings.wait_for(3));
  EXPECT_EQ(sightings.numbers().back(), 4u);
  ASSERT_TRUE(eventually([&] { return tail->state().records == 3; }));
}

TEST_F(TailTest, WhatIsPublishedDuringTheWarmUpIsReadBeforeItIsOver) {
  kafka.create("a", 1);
  kafka.append("a", 0, 1, clock.wall());
  class Publishing final : public Sightings {
   public:
    Publishing(FakeKafka& to, KeptSightings& kept, WallTime now) : to_(to), kept_(kept), now_(now) {}
    void seen(const SeenRecord& record) noexcept override { kept_.seen(record); }
    void read_back(Duration back) noexcept override { kept_.read_back(back); }
    bool full() const noexcept override {
      if (!published_) to_.append("a", 0, 2, now_);
      published_ = true;
      return false;
    }

   private:
    FakeKafka& to_;
    KeptSightings& kept_;
    WallTime now_;
    mutable bool published_ = false;
  };
  Publishing publishing(kafka, sightings, clock.wall());
  tail = Tail::start(std::make_unique<FakeTailClient>(kafka), "broker:9092", {hours(3), seconds(30)},
                     TopicSet::all_used({"a"}), publishing, kept.log, clock);
  ASSERT_TRUE(warmed());
  EXPECT_THAT(sightings.numbers(), ElementsAre(1, 2));
  tail.reset();  // before what it uses
}

TEST_F(TailTest, TopicsAndPartitionsThatComeLaterAreReadFromTheirBeginning) {
  kafka.create("a", 1);
  start();
  ASSERT_TRUE(warmed());
  kafka.create("b", 1);
  kafka.create("a", 3);
  kafka.append("b", 0, 1, clock.wall() - hours(9));  // its producer's clock is wrong
  kafka.append("a", 2, 2, clock.wall());
  tail->look_again();
  ASSERT_TRUE(sightings.wait_for(2));
  EXPECT_THAT(sightings.numbers(), UnorderedElementsAre(1, 2));
  kafka.create("a", 4);
  kafka.append("a", 3, 3, clock.wall());
  EXPECT_TRUE(as_time_goes_by([&] { return sightings.numbers().size() == 3; })) << "also without being told";
}

TEST_F(TailTest, ATopicThatIsAddedIsReadBackAndOneThatIsRemovedIsReadNoMore) {
  kafka.create("a", 1);
  kafka.create("b", 1);
  kafka.append("b", 0, 1, clock.wall() - hours(4));
  kafka.append("b", 0, 2, clock.wall() - hours(1));
  start({"a"});
  ASSERT_TRUE(warmed());
  EXPECT_THAT(sightings.numbers(), IsEmpty());
  tail->set_topics({{"a", "b"}, {false, true}});
  ASSERT_TRUE(sightings.wait_for(1));
  kafka.append("a", 0, 3, clock.wall());
  kafka.append("b", 0, 4, clock.wall());
  ASSERT_TRUE(sightings.wait_for(2));
  EXPECT_THAT(sightings.numbers(), ElementsAre(2, 4));
  tail->set_topics({{"a", "b"}, {true, true}});
  ASSERT_TRUE(sightings.wait_for(3));
  EXPECT_EQ(sightings.numbers().back(), 3u) << "what came meanwhile as well";
}

TEST_F(TailTest, WithoutTheRightToReadItIsDownUntilItHasIt) {
  kafka.create("a", 1);
  kafka.append("a", 0, 1, clock.wall() - hours(1));
  kafka.topics["a"].partitions[0].read_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  start({"a"});
  ASSERT_TRUE(warmed());
  ASSERT_TRUE(eventually_up(false));
  ASSERT_TRUE(eventually([&] { return !tail->state().problem.empty(); }));
  EXPECT_EQ(tail->state().problem, unreadable_problem("a", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  EXPECT_EQ(sightings.back(), Duration::zero());
  clock.advance(seconds(7));
  EXPECT_TRUE(eventually([&] { return tail->state().lag >= seconds(7); }));
  kafka.change([](FakeKafka& k) { k.topics["a"].partitions[0].read_error = RD_KAFKA_RESP_ERR_NO_ERROR; });
  EXPECT_TRUE(as_time_goes_by([&] { return tail->state().up; })) << "though no record came";
  EXPECT_THAT(tail->state().problem, IsEmpty());
}

TEST_F(TailTest, ATopicThatMayNotBeSeenIsReadBackOnceItMay) {
  kafka.create("a", 1);
  kafka.append("a", 0, 1, clock.wall() - hours(1));
  kafka.topics["a"].error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  start({"a"});
  ASSERT_TRUE(as_time_goes_by([&] { return tail->warmed(); }));
  EXPECT_TRUE(eventually_up(false));
  kafka.change([](FakeKafka& k) { k.topics["a"].error = RD_KAFKA_RESP_ERR_NO_ERROR; });
  EXPECT_TRUE(as_time_goes_by([&] { return tail->state().up; }));
  EXPECT_TRUE(sightings.wait_for(1));
}

TEST_F(TailTest, APartitionThatDoesNotSendWhatItHasIsStuck) {
  kafka.create("a", 1);
  start({"a"});
  ASSERT_TRUE(warmed());
  kafka.change([](FakeKafka& k) { k.topics["a"].partitions[0].silent = true; });
  kafka.append("a", 0, 1, clock.wall());
  EXPECT_TRUE(as_time_goes_by([&] { return !tail->state().up; }));
  EXPECT_EQ(tail->state().problem, stuck_problem("a", 0));
  kafka.change([](FakeKafka& k) { k.topics["a"].partitions[0].silent = false; });
  EXPECT_TRUE(sightings.wait_for(1));
  EXPECT_TRUE(as_time_goes_by([&] { return tail->state().up; }));
}

TEST_F(TailTest, AKafkaThatIsAwayIsWaitedForAndItsAbsenceSaid) {
  kafka.create("a", 1);
  kafka.append("a", 0, 1, clock.wall());
  kafka.away = RD_KAFKA_RESP_ERR__TRANSPORT;
  start({"a"});
  ASSERT_TRUE(eventually([&] { return !tail->state().problem.empty(); }));
  EXPECT_THAT(tail->state().problem, HasSubstr("Kafka at broker:9092 does not answer"));
  clock.advance(hours(1));
  EXPECT_FALSE(tail->warmed());
  kafka.change([](FakeKafka& k) { k.away = RD_KAFKA_RESP_ERR_NO_ERROR; });
  ASSERT_TRUE(warmed());
  EXPECT_THAT(sightings.numbers(), ElementsAre(1));
  kafka.change([](FakeKafka& k) { k.away = RD_KAFKA_RESP_ERR__TRANSPORT; });
  EXPECT_TRUE(as_time_goes_by([&] { return !tail->state().up; }));
}

TEST_F(TailTest, WhoSeesKafkaWaitsForTheTimeOutAtMost) {
  kafka.away = RD_KAFKA_RESP_ERR__TRANSPORT;
  start({"a"});
  tail->kafka_is_up();
  EXPECT_TRUE(as_time_goes_by([&] { return tail->warmed(); }));
  EXPECT_EQ(sightings.back(), Duration::zero());
  EXPECT_THAT(kept.text(), HasSubstr("ended by dedupe.warmup_timeout (30s)"));
  EXPECT_FALSE(tail->state().up);
}

TEST_F(TailTest, AWarmUpThatTakesLongSaysHowFarItIsAndEndsInTime) {
  kafka.create("a", 1);
  for (std::uint32_t i = 0; i < 5; ++i) kafka.append("a", 0, i, clock.wall() - hours(1));
  kafka.topics["a"].partitions[0].silent = true;
  start({"a"});
  ASSERT_TRUE(as_time_goes_by([&] { return tail->warmed(); }));
  EXPECT_THAT(kept.text(), HasSubstr("warming up: 0 events read back in"));
  EXPECT_THAT(kept.text(), HasSubstr("ended by dedupe.warmup_timeout (30s)"));
}

TEST_F(TailTest, CredentialsReachItsClient) {
  auto client = std::make_unique<FakeTailClient>(kafka);
  FakeTailClient& raw = *client;
  tail = Tail::start(std::move(client), "broker:9092", {}, TopicSet::all_used({"a"}), sightings, kept.log, clock);
  tail->set_credentials({"name", "password"});
  EXPECT_EQ(raw.credentials, (Credentials{"name", "password"}));
}

Record event_record(TopicId topic, std::uint32_t number) {
  Record record = make_record(topic, "key", "value");
  EXPECT_TRUE(record.append_header("ce_id", hex(numbered_key(number).id)));
  EXPECT_TRUE(record.append_header("hookferry-dedupe", dedupe_text(numbered_key(number))));
  return record;
}

/// With librdkafka's client. The mock broker knows no times, so nothing is read back from it, and nobody waits for
/// that.
TEST(TailOnAMockBroker, FollowsWhatIsPublishedFromItsStartOn) {
  Bridge bridge({"a", "b"});
  ASSERT_TRUE(bridge.ready());
  const Record before = event_record(0, 1);
  ASSERT_EQ(bridge.publish(before, 1), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  const SystemClock clock;
  KeptSightings sightings;
  auto tail =
      Tail::start(bridge.options, {}, TopicSet::all_used(bridge.topics), sightings, bridge.kept_log.log, clock).value();
  ASSERT_TRUE(eventually([&] { return tail->state().up; })) << tail->state().problem;
  EXPECT_THAT(sightings.numbers(), IsEmpty());
  std::vector<Record> records;
  for (std::uint32_t number = 2; number < 12; ++number)
    records.push_back(event_record(static_cast<TopicId>(number % 2), number));
  for (const Record& record : records) ASSERT_EQ(bridge.publish(record, 2), Refusal::none);
  ASSERT_TRUE(sightings.wait_for(10));
  EXPECT_THAT(sightings.numbers(), testing::UnorderedElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(tail->state().passed_over, 0u);
  ASSERT_TRUE(bridge.reports.wait_for(11));  // a record belongs to the producer until then, whoever has seen it
}

TEST(TailOnAMockBroker, EndsWhileKafkaIsAway) {
  KeptLog kept;
  const SystemClock clock;
  KeptSightings sightings;
  const ProducerOptions options{.bootstrap_servers = "127.0.0.1:1"};
  auto tail = Tail::start(options, {}, TopicSet::all_used({"a"}), sightings, kept.log, clock).value();
  ASSERT_TRUE(eventually([&] { return !tail->state().problem.empty(); }));
  EXPECT_THAT(tail->state().problem, HasSubstr("Kafka at 127.0.0.1:1 does not answer"));
  EXPECT_FALSE(tail->warmed());
}

}  // namespace
}  // namespace hookferry::kafka
