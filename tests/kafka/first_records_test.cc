#include "kafka/first_records.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

using Cookies = std::vector<std::uint64_t>;

/// Keys are partitions.
class KeyIsPartition final : public Partitioner {
 public:
  [[nodiscard]] std::int32_t partitions(TopicId) const noexcept override { return count; }
  [[nodiscard]] std::int32_t partition_of(const Record& record, std::int32_t) const noexcept override {
    return record.key()[0] - '0';
  }
  std::int32_t count = 3;
};

class FirstRecordsTest : public testing::Test {
 protected:
  void push(std::uint64_t cookie, std::int32_t partition, TopicId topic = 0) {
    Record& record = records_.emplace_back(topic, 8);
    record.append_key(cat(partition));
    record.begin_value().append("v");
    record.end_value();
    (void)queue_.push(record, cookie);
  }
  /// All that may be handed over.
  Cookies send() {
    Cookies sent;
    (void)queue_.take();
    while (const SendQueue::Item* const item = firsts_.next()) {
      sent.push_back(item->cookie);
      firsts_.pop();
    }
    return sent;
  }
  void acknowledge(std::uint64_t cookie, std::int32_t partition) {
    firsts_.reported(cookie, {Refusal::none, partition, 0});
  }
  void refuse(std::uint64_t cookie) { firsts_.reported(cookie, {Refusal::transient, -1, -1}); }

  KeyIsPartition partitioner_;
  SendQueue queue_{1000, 1 << 20};
  FirstRecords firsts_{queue_, partitioner_};
  std::deque<Record> records_;
};

TEST_F(FirstRecordsTest, OneOfEachPartitionGoesAheadAndTheRestFollowsItsAcknowledgement) {
  push(1, 0);
  push(2, 0);
  push(3, 1);
  push(4, 0);
  EXPECT_EQ(send(), (Cookies{1, 3}));
  EXPECT_EQ(queue_.size(), 2u) << "what waits counts";
  EXPECT_FALSE(firsts_.ready());
  acknowledge(1, 0);
  EXPECT_TRUE(firsts_.ready());
  push(5, 0);
  push(6, 1);
  EXPECT_EQ(send(), (Cookies{2, 4, 5}));
  EXPECT_EQ(queue_.size(), 1u);
  push(7, 0);
  EXPECT_EQ(send(), Cookies{7}) << "nothing waits once one was acknowledged";
}

TEST_F(FirstRecordsTest, AfterARefusalTheNextIsTheFirst) {
  for (std::uint64_t cookie = 1; cookie <= 3; ++cookie) push(cookie, 0);
  EXPECT_EQ(send(), Cookies{1});
  refuse(1);
  push(4, 0);
  EXPECT_EQ(send(), Cookies{2});
  firsts_.reported(2, {Refusal::unproven, -1, -1});
  EXPECT_EQ(send(), Cookies{3});
  acknowledge(3, 0);
  EXPECT_EQ(send(), Cookies{4});
}

TEST_F(FirstRecordsTest, WhatTheClientDoesNotTakeStaysInFront) {
  push(1, 0);
  push(2, 0);
  ASSERT_TRUE(queue_.take());
  ASSERT_EQ(firsts_.next()->cookie, 1u);
  EXPECT_EQ(send(), Cookies{1});
  acknowledge(1, 0);
  ASSERT_EQ(firsts_.next()->cookie, 2u);
  push(3, 0);
  EXPECT_EQ(send(), (Cookies{2, 3}));
}

TEST_F(FirstRecordsTest, ATopicOfWhichNothingIsKnownIsOneLine) {
  partitioner_.count = 0;
  push(1, 0);
  push(2, 1);
  push(3, 0);
  push(4, 0, 1);
  EXPECT_EQ(send(), (Cookies{1, 4}));
  refuse(1);
  EXPECT_EQ(send(), Cookies{2});
  partitioner_.count = 3;
  push(5, 1);
  EXPECT_EQ(send(), Cookies{}) << "it is behind those that wait";
  acknowledge(2, 1);
  EXPECT_EQ(send(), (Cookies{3, 5}));
  push(6, 2);
  EXPECT_EQ(send(), Cookies{6});
}

TEST_F(FirstRecordsTest, ANewPartitionHasAFirstToo) {
  for (std::int32_t partition = 0; partition < 3; ++partition) push(static_cast<std::uint64_t>(partition), partition);
  EXPECT_EQ(send().size(), 3u);
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    acknowledge(static_cast<std::uint64_t>(partition), partition);
  }
  partitioner_.count = 4;
  push(10, 3);
  push(11, 3);
  push(12, 0);
  EXPECT_EQ(send(), (Cookies{10, 12}));
}

/// Whatever is refused, and whenever partitions become known: each goes once, and those of a partition in order.
TEST_F(FirstRecordsTest, KeepsTheOrderOfEachPartitionOverRandomHistories) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    partitioner_.count = 0;
    SendQueue queue(1000, 1 << 20);
    FirstRecords firsts(queue, partitioner_);
    std::map<std::uint64_t, std::pair<TopicId, std::int32_t>> places;
    std::map<std::pair<TopicId, std::int32_t>, std::uint64_t> last;
    std::vector<std::uint64_t> under_way;
    std::size_t sent = 0;
    const auto send = [&] {
      (void)queue.take();
      while (const SendQueue::Item* const item = firsts.next()) {
        if (random() % 8 == 0) break;  // the client is full
        const std::uint64_t cookie = item->cookie;
        std::uint64_t& before = last[places[cookie]];
        EXPECT_LT(before, cookie);
        before = cookie;
        under_way.push_back(cookie);
        firsts.pop();
        ++sent;
      }
    };
    const auto report = [&] {
      if (under_way.empty()) return;
      const std::size_t which = random() % under_way.size();
      const std::uint64_t cookie = under_way[which];
      under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
      const bool refused = random() % 3 == 0;
      firsts.reported(cookie, refused ? DeliveryReport{Refusal::transient, -1, -1}
                                      : DeliveryReport{Refusal::none, places[cookie].second, 0});
    };
    constexpr std::uint64_t count = 60;
    for (std::uint64_t cookie = 1; cookie <= count; ++cookie) {
      places[cookie] = {static_cast<TopicId>(random() % 2), static_cast<std::int32_t>(random() % 3)};
      Record& record = records_.emplace_back(places[cookie].first, 8);
      record.append_key(cat(places[cookie].second));
      (void)queue.push(record, cookie);
      if (random() % 2 == 0) send();
      if (random() % 2 == 0) report();
      if (random() % 20 == 0) partitioner_.count = 3;
    }
    for (int i = 0; i < 10000 && sent < count; ++i) {
      send();
      report();
    }
    EXPECT_EQ(sent, count);
    EXPECT_EQ(queue.size(), 0u);
  }
}

}  // namespace
}  // namespace hookferry::kafka
