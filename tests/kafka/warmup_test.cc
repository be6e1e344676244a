#include "kafka/warmup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/clock.h"
#include "tests/kafka/fake_tail_client.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::SizeIs;
using End = Warmup::End;

TEST(Slices, TheNewestOfWhatIsLeft) {
  EXPECT_EQ(newest({0, 100}, 30), (Range{70, 100}));
  EXPECT_EQ(newest({80, 100}, 30), (Range{80, 100}));
  EXPECT_EQ(newest({TailClient::beginning, 10}, 30), (Range{TailClient::beginning, 10}));
  EXPECT_TRUE(newest({5, 5}, 30).empty());
}

TEST(Slices, WhatThereIsToReadIsNeverMoreThanThereIs) {
  EXPECT_EQ(range_to_read(5, 9), (Range{5, 9}));
  EXPECT_TRUE(range_to_read(-1, 9).empty()) << "no record is young enough";
  EXPECT_TRUE(range_to_read(9, 9).empty());
  EXPECT_TRUE(range_to_read(1736937000000, 9).empty()) << "a time where an offset should be";
  EXPECT_EQ(range_to_read(-1, 9).to, 9) << "from where the tail begins";
}

class WarmupTest : public testing::Test {
 protected:
  static constexpr std::int64_t slice = Warmup::slice_size;

  /// Records that are a second apart, the last one as old as given.
  void fill(const std::string& topic, std::size_t partition, std::int64_t count, Duration age_of_last = {}) {
    for (std::int64_t i = 0; i < count; ++i) {
      kafka.append(topic, partition, number++, clock.wall() - age_of_last - seconds(count - 1 - i));
    }
  }
  End run(const std::function<bool()>& go_on = [] { return true; }) {
    for (std::size_t topic = 0; topic < names.size(); ++topic) {
      const auto& partitions = kafka.topics[names[topic]].partitions;
      for (std::size_t i = 0; i < partitions.size(); ++i) {
        warmup.add({topic, static_cast<std::int32_t>(i)}, {0, partitions[i].end});
      }
    }
    return warmup.run(deadline, go_on);
  }
  std::vector<std::int64_t> starts() const {
    std::vector<std::int64_t> offsets;
    for (const auto& [of, offset] : kafka.starts) offsets.push_back(offset);
    return offsets;
  }

  fakes::FakeClock clock;
  FakeKafka kafka;
  FakeTailClient client{kafka};
  KeptSightings sightings;
  KeptLog kept;
  SightingFeed feed{sightings, kept.log, clock};
  const std::vector<std::string> names{"a", "b"};
  std::uint32_t number = 0;
  MonotonicTime deadline = clock.monotonic() + seconds(30);
  Warmup warmup{client, feed, names, clock};

  void SetUp() override { ASSERT_TRUE(client.set_topics(TopicSet::all_used(names))); }
};

TEST_F(WarmupTest, NothingToReadIsDoneAtOnce) {
  kafka.create("a", 3);
  EXPECT_EQ(run(), End::complete);
  EXPECT_FALSE(warmup.known_since());
  EXPECT_THAT(kafka.starts, SizeIs(0));
}

TEST_F(WarmupTest, ReadsInSlicesFromTheEnd) {
  kafka.create("a", 1);
  fill("a", 0, 2 * slice + 7);
  EXPECT_EQ(run(), End::complete);
  EXPECT_THAT(starts(), ElementsAre(slice + 7, 7, 0));
  EXPECT_THAT(sightings.numbers(), SizeIs(2 * slice + 7)) << "each record once";
  EXPECT_EQ(sightings.numbers().front(), slice + 7);
  EXPECT_FALSE(warmup.known_since()) << "all";
}

TEST_F(WarmupTest, PartitionsGoBackInTimeTogether) {
  kafka.create("a", 1);
  kafka.create("b", 1);
  fill("a", 0, 3 * slice);             // back to 3 slices of seconds
  fill("b", 0, slice + 1, hours(20));  // all older than all of a
  sightings.capacity = 4 * slice;
  EXPECT_EQ(run(), End::full);
  const auto seen = sightings.numbers();
  std::size_t of_a = 0;
  for (const std::uint32_t one : seen) of_a += one < 3 * slice ? 1 : 0;
  EXPECT_EQ(of_a, static_cast<std::size_t>(3 * slice)) << "before the second slice of b";
}

TEST_F(WarmupTest, ReadsAFewPartitionsAtOnce) {
  kafka.create("a", 50);
  for (std::size_t i = 0; i < 50; ++i) fill("a", i, 3);
  EXPECT_EQ(run(), End::complete);
  EXPECT_THAT(sightings.numbers(), SizeIs(150));
  EXPECT_EQ(kafka.most_at_once, Warmup::max_active);
}

TEST_F(WarmupTest, GapsHangNobody) {
  kafka.create("a", 2);
  fill("a", 0, 5);
  kafka.gap("a", 0, slice + 100);  // the newest slice has no record, nor an end of its own
  fill("a", 1, 4);
  kafka.gap("a", 1, 1);
  EXPECT_EQ(run(), End::complete);
  EXPECT_THAT(sightings.numbers(), SizeIs(9));
}

TEST_F(WarmupTest, TheTimeOutEndsItAndWhatWasReadIsKnown) {
  kafka.create("a", 1);
  fill("a", 0, 3 * slice);
  int reads = 0;
  const End end = run([&] {
    if (++reads == 30) clock.advance(minutes(1));  // a read has 1000 records: within the second slice
    return true;
  });
  EXPECT_EQ(end, End::late);
  ASSERT_TRUE(warmup.known_since());
  EXPECT_EQ(clock.wall() - *warmup.known_since(), minutes(1) + seconds(slice - 1)) << "the first slice";
}

TEST_F(WarmupTest, ItCanBeStopped) {
  kafka.create("a", 1);
  fill("a", 0, 10 * 1000);
  EXPECT_EQ(run([] { return false; }), End::stopped);
}

TEST_F(WarmupTest, WhatMayNotBeReadIsLeftOutAndNotKnown) {
  kafka.create("a", 1);
  kafka.create("b", 1);
  fill("a", 0, 10);
  fill("b", 0, 10);
  kafka.topics["b"].partitions[0].read_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  EXPECT_EQ(run(), End::complete);
  EXPECT_THAT(sightings.numbers(), SizeIs(10));
  ASSERT_TRUE(warmup.known_since());
  EXPECT_EQ(*warmup.known_since(), clock.wall()) << "nothing is known of what was before";
}

TEST_F(WarmupTest, WhatPassesIsWaitedForUntilTheTimeOut) {
  kafka.create("a", 1);
  fill("a", 0, 10);
  kafka.topics["a"].partitions[0].read_error = RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
  int asked = 0;
  const End end = run([&] {
    if (++asked == 2) kafka.topics["a"].partitions[0].read_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    return true;
  });
  EXPECT_EQ(end, End::complete);
  EXPECT_THAT(sightings.numbers(), SizeIs(10));
}

}  // namespace
}  // namespace hookferry::kafka
