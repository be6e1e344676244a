#include "delivery/caps.h"

#include <gtest/gtest.h>

namespace hookferry::delivery {
namespace {

TEST(CapsTest, ATopicAloneMayFillThreeQuarters) {
  Caps caps(100, 1 << 20, 10);
  Caps::Usage topic;
  while (caps.take(topic, 1)) ++topic.events;
  EXPECT_EQ(topic.events, 75u);
  Caps::Usage other;
  while (caps.take(other, 1)) ++other.events;
  EXPECT_EQ(other.events, 25u) << "the rest is for the others";
  EXPECT_EQ(caps.usage().events, 100u);
}

TEST(CapsTest, BytesAreBoundInTheSameWay) {
  Caps caps(1000, 1000, 10);
  Caps::Usage topic;
  while (caps.take(topic, 100)) topic.bytes += 100;
  EXPECT_EQ(topic.bytes, 800u) << "more than a quarter only while all hold less than three quarters";
  EXPECT_FALSE(caps.take({}, 300)) << "never over the cap";
  EXPECT_TRUE(caps.take({}, 200));
}

TEST(CapsTest, WhatIsGivenBackCanBeTakenAgain) {
  Caps caps(1, 10, 1);
  EXPECT_TRUE(caps.take({}, 10));
  EXPECT_FALSE(caps.take({}, 10));
  caps.give_back(10);
  EXPECT_TRUE(caps.take({}, 10));
  EXPECT_TRUE(caps.take_waiter());
  EXPECT_FALSE(caps.take_waiter());
  caps.give_back_waiters(1);
  EXPECT_TRUE(caps.take_waiter());
}

}  // namespace
}  // namespace hookferry::delivery
