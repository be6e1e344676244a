#include "kafka/send_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookferry::kafka {
namespace {

using Pushed = SendQueue::Pushed;

Record record_of(std::size_t bytes) {
  Record record;
  record.begin_value().append(bytes, 'x');
  record.end_value();
  return record;
}

std::vector<std::uint64_t> drain(SendQueue& queue) {
  std::vector<std::uint64_t> cookies;
  while (const SendQueue::Item* const item = queue.front()) {
    cookies.push_back(item->cookie);
    queue.pop();
  }
  return cookies;
}

TEST(SendQueue, OnlyTheFirstAfterAnEmptyTakeWakesTheSender) {
  SendQueue queue(10, 1000);
  const Record record = record_of(1);
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.push(record, 1), Pushed::taken_wake_up);
  EXPECT_EQ(queue.push(record, 2), Pushed::taken);
  EXPECT_TRUE(queue.take());
  EXPECT_EQ(queue.push(record, 3), Pushed::taken) << "the sender looks again after its burst";
}

TEST(SendQueue, ABurstIsWhatHadComeInTheOrderItCame) {
  SendQueue queue(10, 1000);
  const Record record = record_of(1);
  for (std::uint64_t cookie = 1; cookie <= 3; ++cookie) (void)queue.push(record, cookie);
  ASSERT_TRUE(queue.take());
  (void)queue.push(record, 4);
  EXPECT_EQ(drain(queue), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(queue.size(), 1u);
  ASSERT_TRUE(queue.take());
  EXPECT_EQ(drain(queue), std::vector<std::uint64_t>{4});
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.size(), 0u);
}

TEST(SendQueue, WhatWasNotHandedOverStaysInFront) {
  SendQueue queue(10, 1000);
  const Record record = record_of(1);
  (void)queue.push(record, 1);
  (void)queue.push(record, 2);
  ASSERT_TRUE(queue.take());
  queue.pop();
  (void)queue.push(record, 3);
  ASSERT_TRUE(queue.take());
  ASSERT_NE(queue.front(), nullptr);
  EXPECT_EQ(queue.front()->cookie, 2u);
  EXPECT_EQ(drain(queue), std::vector<std::uint64_t>{2});
}

TEST(SendQueue, IsBoundedInRecordsUntilTheyAreHandedOver) {
  SendQueue queue(2, 1000);
  const Record record = record_of(1);
  (void)queue.push(record, 1);
  (void)queue.push(record, 2);
  EXPECT_EQ(queue.push(record, 3), Pushed::full);
  ASSERT_TRUE(queue.take());
  EXPECT_EQ(queue.push(record, 3), Pushed::full);
  queue.pop();
  EXPECT_NE(queue.push(record, 3), Pushed::full);
}

TEST(SendQueue, IsBoundedInBytesWhichTheLastMayExceed) {
  SendQueue queue(10, 100);
  const Record large = record_of(200);
  EXPECT_NE(queue.push(large, 1), Pushed::full);
  EXPECT_EQ(queue.push(record_of(1), 2), Pushed::full);
  ASSERT_TRUE(queue.take());
  queue.pop();
  EXPECT_NE(queue.push(large, 3), Pushed::full);
}

}  // namespace
}  // namespace hookferry::kafka
