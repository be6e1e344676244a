#include "base/log_limit.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/log/fake_clock.h"

namespace hookferry {
namespace {

using namespace std::chrono_literals;

int admitted(RejectionLimit& limit, const Clock& clock, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limit.admit(clock.monotonic());
  return count;
}

TEST(RejectionLimit, AdmitsABurstAndThenARate) {
  FakeClock clock;
  RejectionLimit limit;
  EXPECT_EQ(admitted(limit, clock, 1000), 50);
  clock.advance(99ms);
  EXPECT_EQ(admitted(limit, clock, 1000), 0);
  clock.advance(1ms);
  EXPECT_EQ(admitted(limit, clock, 1000), 1);
  clock.advance(1s);
  EXPECT_EQ(admitted(limit, clock, 1000), 10);
}

TEST(RejectionLimit, FillsUpToTheBurstAndNoMore) {
  FakeClock clock;
  RejectionLimit limit;
  EXPECT_EQ(admitted(limit, clock, 100), 50);
  clock.advance(24h);
  EXPECT_EQ(admitted(limit, clock, 100), 50);
}

TEST(RejectionLimit, TellsTheHiddenOnceASecond) {
  FakeClock clock;
  RejectionLimit limit;
  EXPECT_FALSE(limit.any_hidden());
  EXPECT_EQ(admitted(limit, clock, 53), 50);
  EXPECT_TRUE(limit.any_hidden());
  EXPECT_EQ(limit.take_hidden(clock.monotonic()), 3u);
  EXPECT_FALSE(limit.any_hidden());
  EXPECT_EQ(admitted(limit, clock, 4), 0);
  clock.advance(999ms);
  EXPECT_EQ(limit.take_hidden(clock.monotonic()), 0u);
  clock.advance(1ms);
  EXPECT_EQ(limit.take_hidden(clock.monotonic()), 4u);
  EXPECT_EQ(limit.take_hidden(), 0u);
}

TEST(RejectionLimit, LosesNoneOfSeveralThreads) {
  FakeClock clock;
  RejectionLimit limit;
  std::atomic<int> shown{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { shown += admitted(limit, clock, 1000); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shown, 50);
  EXPECT_EQ(limit.take_hidden(), 3950u);
}

}  // namespace
}  // namespace hookferry
