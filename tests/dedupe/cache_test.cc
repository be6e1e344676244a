#include "dedupe/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "tests/fakes/clock.h"

namespace hookferry::dedupe {
namespace {

using fakes::FakeClock;
using Kind = Sighting::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Id128 id(std::uint32_t number) {
  std::mt19937_64 random(number);
  Id128 out;
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

ClaimKey key(std::uint32_t event, std::uint32_t data = 0) {
  return {id(event * 1000 + data), id(event)};
}

class CacheTest : public testing::Test {
 protected:
  /// A claim that was committed at once.
  void see(Cache& cache, const ClaimKey& what) {
    ASSERT_EQ(cache.claim(what, 7, true).kind, Kind::none);
    cache.commit(what, 7);
  }
  FakeClock clock_;
};

TEST_F(CacheTest, AClaimIsPendingUntilCommittedThenDurable) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
  EXPECT_EQ(cache.claim(key(1), 42, false).kind, Kind::none);
  const Sighting pending = cache.claim(key(1), 43, false);
  EXPECT_EQ(pending.kind, Kind::pending);
  EXPECT_EQ(pending.flight, 42u);
  cache.commit(key(1), 42);
  clock_.advance(seconds(5));
  const Sighting durable = cache.claim(key(1), 44, false);
  EXPECT_EQ(durable.kind, Kind::durable);
  EXPECT_EQ(durable.age, seconds(5));
}

TEST_F(CacheTest, AReleasedClaimCanBeClaimedAgain) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.claim(key(1), 1, false).kind, Kind::none);
  cache.release(key(1), 1);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
  EXPECT_EQ(cache.stats().entries, 0u);
  EXPECT_EQ(cache.claim(key(1), 2, false).kind, Kind::none);
}

TEST_F(CacheTest, OtherDataUnderTheSameJobIdIsAConflict) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.claim(key(1, 1), 1, false).kind, Kind::none);
  const Sighting pending = cache.claim(key(1, 2), 2, true);
  EXPECT_EQ(pending.kind, Kind::conflict_pending);
  EXPECT_EQ(pending.flight, 1u);
  cache.commit(key(1, 1), 1);
  EXPECT_EQ(cache.claim(key(1, 2), 2, false).kind, Kind::conflict_durable);
  EXPECT_EQ(cache.claim(key(1, 2), 2, true).kind, Kind::none);
  cache.commit(key(1, 2), 2);
  EXPECT_EQ(cache.look(key(1, 1)).kind, Kind::durable) << "both are known now";
  EXPECT_EQ(cache.look(key(1, 2)).kind, Kind::durable);
}

TEST_F(CacheTest, TheTtlCountsFromTheCommit) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.claim(key(1), 1, false).kind, Kind::none);
  clock_.advance(hours(5));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::pending) << "a pending claim never expires";
  cache.commit(key(1), 1);
  clock_.advance(hours(1) - seconds(1));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
  clock_.advance(seconds(1));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
  EXPECT_EQ(cache.claim(key(1), 2, false).kind, Kind::none);
}

TEST_F(CacheTest, AWallClockThatJumpsChangesNothing) {
  Cache cache({hours(2), 100}, clock_);
  see(cache, key(1));
  clock_.set_wall_back(hours(24));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
  clock_.set_wall_back(-hours(48));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
}

TEST_F(CacheTest, ExpiredEntriesAreGivenBackByThoseWhoClaim) {
  Cache cache({minutes(10), 1000}, clock_);
  for (std::uint32_t i = 0; i < 400; ++i) see(cache, key(i));
  clock_.advance(minutes(12));
  for (std::uint32_t i = 0; i < 200; ++i) see(cache, key(1000 + i));
  EXPECT_EQ(cache.stats().entries, 200u);
  EXPECT_EQ(cache.stats().evictions, 0u);
}

TEST_F(CacheTest, BeyondItsCapacityTheOldestGoAndTheHorizonSaysSo) {
  Cache cache({hours(24), 3}, clock_);
  EXPECT_EQ(cache.stats().horizon, hours(24));
  see(cache, key(1));
  clock_.advance(minutes(10));
  see(cache, key(2));
  see(cache, key(3));
  clock_.advance(minutes(10));
  see(cache, key(4));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none) << "evicted: a duplicate may pass, nothing is lost";
  EXPECT_EQ(cache.look(key(2)).kind, Kind::durable);
  EXPECT_EQ(cache.stats().evictions, 1u);
  EXPECT_EQ(cache.stats().entries, 3u);
  EXPECT_EQ(cache.stats().horizon, minutes(20));
  clock_.advance(hours(30));
  EXPECT_EQ(cache.stats().horizon, hours(24)) << "nothing within the TTL is missing any more";
}

TEST_F(CacheTest, PendingClaimsAreNeverEvicted) {
  Cache cache({hours(1), 2}, clock_);
  EXPECT_EQ(cache.claim(key(1), 1, false).kind, Kind::none);
  EXPECT_EQ(cache.claim(key(2), 2, false).kind, Kind::none);
  EXPECT_EQ(cache.claim(key(3), 3, false).kind, Kind::full);
  cache.commit(key(1), 1);
  EXPECT_EQ(cache.claim(key(3), 3, false).kind, Kind::none);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
  EXPECT_EQ(cache.look(key(2)).kind, Kind::pending);
}

TEST_F(CacheTest, ASilenceLongerThanTheRingLosesNothingThatIsFresh) {
  Cache cache({minutes(5), 1000}, clock_);
  for (std::uint32_t i = 0; i < 100; ++i) see(cache, key(i));
  clock_.advance(minutes(5 * 7));
  see(cache, key(500));
  see(cache, key(501));
  clock_.advance(minutes(4));
  for (std::uint32_t i = 0; i < 200; ++i) see(cache, key(1000 + i));
  EXPECT_EQ(cache.look(key(500)).kind, Kind::durable);
  EXPECT_EQ(cache.look(key(501)).kind, Kind::durable);
  EXPECT_EQ(cache.stats().entries, 202u);
}

/// The same answers as the plainest implementation, over random histories.
TEST_F(CacheTest, AgreesWithAModel) {
  struct Known {
    bool pending;
    MonotonicTime committed;
  };
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const Duration ttl = minutes(30);
    Cache cache({ttl, 4096}, clock_);
    std::map<std::pair<Id128, Id128>, Known> model;  // by (conflict, id)
    const auto expected = [&](const ClaimKey& what) {
      Kind kind = Kind::none;
      for (const auto& [known, state] : model) {
        if (known.first != what.conflict) continue;
        if (!state.pending && state.committed + ttl <= clock_.monotonic()) continue;
        if (known.second == what.id) return state.pending ? Kind::pending : Kind::durable;
        if (state.pending) kind = Kind::conflict_pending;
        if (!state.pending && kind == Kind::none) kind = Kind::conflict_durable;
      }
      return kind;
    };
    for (int step = 0; step < 3000; ++step) {
      const ClaimKey what = key(static_cast<std::uint32_t>(random() % 40), static_cast<std::uint32_t>(random() % 2));
      const auto known = model.find({what.conflict, what.id});
      ASSERT_EQ(cache.look(what).kind, expected(what)) << "step " << step;
      switch (random() % 4) {
        case 0:
          clock_.advance(seconds(random() % 240));
          break;
        case 1: {
          const bool despite = random() % 2;
          const Kind before = expected(what);
          ASSERT_EQ(cache.claim(what, 9, despite).kind,
                    before == Kind::conflict_durable && despite ? Kind::none : before);
          if (before == Kind::none || (before == Kind::conflict_durable && despite)) {
            model[{what.conflict, what.id}] = {true, {}};
          }
          break;
        }
        case 2:
          if (known != model.end() && known->second.pending) {
            cache.commit(what, 9);
            known->second = {false, clock_.monotonic()};
          }
          break;
        case 3:
          if (known != model.end() && known->second.pending && random() % 3 == 0) {
            cache.release(what, 9);
            model.erase(known);
          }
          break;
      }
    }
  }
}

TEST_F(CacheTest, WhatIsReadBackIsDurableAndPublished) {
  Cache cache({hours(1), 100}, clock_);
  cache.remember(key(1), clock_.wall() - minutes(20), Origin::kafka);
  const Sighting found = cache.claim(key(1), 1, false);
  EXPECT_EQ(found.kind, Kind::durable);
  EXPECT_EQ(found.age, minutes(20));
  EXPECT_TRUE(cache.published(key(1)));
  EXPECT_FALSE(cache.published(key(1, 1))) << "other data under the same job id";
  EXPECT_EQ(cache.claim(key(1, 1), 1, false).kind, Kind::conflict_durable);
}

TEST_F(CacheTest, WhatIsOnlyInTheSpoolIsDurableAndNotPublished) {
  Cache cache({hours(1), 100}, clock_);
  cache.remember(key(1), clock_.wall() - minutes(1), Origin::spool);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
  EXPECT_FALSE(cache.published(key(1)));
  cache.remember(key(1), clock_.wall(), Origin::kafka);
  EXPECT_TRUE(cache.published(key(1)));
  EXPECT_EQ(cache.stats().entries, 1u);
}

TEST_F(CacheTest, OwnCommitsArePublishedOnceTheirRecordWasSeen) {
  Cache cache({hours(1), 100}, clock_);
  see(cache, key(1));
  EXPECT_FALSE(cache.published(key(1))) << "it may have been committed by the spool";
  cache.remember(key(1), clock_.wall(), Origin::kafka);
  EXPECT_TRUE(cache.published(key(1)));
}

TEST_F(CacheTest, TheTtlOfWhatIsReadBackCountsFromTheRecordsTime) {
  Cache cache({hours(1), 100}, clock_);
  cache.remember(key(1), clock_.wall() - minutes(59), Origin::kafka);
  cache.remember(key(2), clock_.wall() - minutes(60), Origin::kafka);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
  EXPECT_EQ(cache.look(key(2)).kind, Kind::none) << "as old as the TTL";
  EXPECT_EQ(cache.stats().entries, 1u);
  clock_.advance(minutes(1));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
  EXPECT_FALSE(cache.published(key(1)));
}

TEST_F(CacheTest, ARecordFromTheFutureIsOfNow) {
  Cache cache({hours(1), 100}, clock_);
  cache.remember(key(1), clock_.wall() + hours(20), Origin::kafka);
  EXPECT_EQ(cache.look(key(1)).age, Duration::zero());
  clock_.advance(hours(1));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
}

TEST_F(CacheTest, ASightingLeavesAPendingClaimAsItIs) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.claim(key(1), 42, false).kind, Kind::none);
  cache.remember(key(1), clock_.wall() - minutes(1), Origin::kafka);
  const Sighting pending = cache.claim(key(1), 43, false);
  EXPECT_EQ(pending.kind, Kind::pending);
  EXPECT_EQ(pending.flight, 42u);
  EXPECT_TRUE(cache.published(key(1)));
  clock_.advance(minutes(2));
  cache.commit(key(1), 42);
  EXPECT_EQ(cache.look(key(1)).age, Duration::zero());
  EXPECT_EQ(cache.stats().entries, 1u);
}

TEST_F(CacheTest, ASightingTurnsALaterReleaseIntoACommit) {
  Cache cache({hours(1), 100}, clock_);
  EXPECT_EQ(cache.claim(key(1), 42, false).kind, Kind::none);
  EXPECT_EQ(cache.claim(key(2), 43, false).kind, Kind::none);
  cache.remember(key(1), clock_.wall(), Origin::kafka);
  cache.remember(key(2), clock_.wall(), Origin::spool);
  cache.release(key(1), 42);
  cache.release(key(2), 43);
  EXPECT_EQ(cache.look(key(1)).kind, Kind::durable);
  EXPECT_EQ(cache.look(key(2)).kind, Kind::none) << "only Kafka's word makes it a commit";
  clock_.advance(hours(1));
  EXPECT_EQ(cache.look(key(1)).kind, Kind::none);
}

TEST_F(CacheTest, AfterAnEvictionAnOlderSightingStillFindsItsPlace) {
  Cache cache({hours(24), 3}, clock_);
  for (std::uint32_t i = 1; i <= 4; ++i) see(cache, key(i));  // evicts, so that the search for the oldest begins here
  EXPECT_EQ(cache.claim(key(5), 5, false).kind, Kind::none);
  cache.release(key(5), 5);
  cache.remember(key(6), clock_.wall() - hours(23), Origin::kafka);
  EXPECT_EQ(cache.look(key(6)).kind, Kind::durable);
  see(cache, key(7));
  EXPECT_EQ(cache.look(key(6)).kind, Kind::none) << "the oldest goes first";
  EXPECT_EQ(cache.look(key(4)).kind, Kind::durable);
}

TEST_F(CacheTest, WhatIsOlderThanAllOfAFullCacheIsLeftOut) {
  Cache cache({hours(24), 2}, clock_);
  cache.known_for(hours(3));
  EXPECT_FALSE(cache.full());
  cache.remember(key(1), clock_.wall() - minutes(10), Origin::kafka);
  cache.remember(key(2), clock_.wall() - minutes(20), Origin::kafka);
  EXPECT_TRUE(cache.full());
  cache.remember(key(3), clock_.wall() - minutes(30), Origin::kafka);
  EXPECT_EQ(cache.look(key(3)).kind, Kind::none);
  EXPECT_EQ(cache.look(key(2)).kind, Kind::durable);
  EXPECT_EQ(cache.stats().evictions, 0u);
  EXPECT_EQ(cache.stats().horizon, minutes(30));
  cache.remember(key(4), clock_.wall() - minutes(5), Origin::kafka);
  EXPECT_EQ(cache.look(key(4)).kind, Kind::durable) << "what is newer drives out the oldest";
  EXPECT_EQ(cache.look(key(2)).kind, Kind::none);
  EXPECT_EQ(cache.stats().evictions, 1u);
  EXPECT_EQ(cache.stats().horizon, minutes(20));
}

TEST_F(CacheTest, TheHorizonIsHowFarBackWasReadAndGrowsToTheTtl) {
  Cache cache({hours(24), 100}, clock_);
  cache.known_for(Duration::zero());
  EXPECT_EQ(cache.stats().horizon, Duration::zero());
  clock_.advance(seconds(5));
  cache.known_for(hours(3));
  EXPECT_EQ(cache.stats().horizon, hours(3));
  clock_.advance(hours(1));
  EXPECT_EQ(cache.stats().horizon, hours(4)) << "since then nothing was missed";
  clock_.advance(hours(48));
  EXPECT_EQ(cache.stats().horizon, hours(24));
  cache.known_for(hours(48));
  EXPECT_EQ(cache.stats().horizon, hours(24));
}

/// Read back in any order, each is known until a TTL after its own time, and not longer.
TEST_F(CacheTest, SightingsComeInAnyOrder) {
  std::mt19937 random(5);
  const Duration ttl = minutes(30);
  Cache cache({ttl, 4096}, clock_);
  std::vector<WallTime> times;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    times.push_back(clock_.wall() - seconds(random() % 2400));
    cache.remember(key(i), times.back(), Origin::kafka);
    if (i % 10 == 0) clock_.advance(seconds(random() % 5));
  }
  for (int step = 0; step < 40; ++step) {
    std::uint64_t fresh = 0;
    for (std::uint32_t i = 0; i < 2000; ++i) {
      const bool expected = times[i] + ttl > clock_.wall();
      fresh += expected ? 1 : 0;
      ASSERT_EQ(cache.look(key(i)).kind == Kind::durable, expected) << i;
    }
    EXPECT_GE(cache.stats().entries, fresh);
    clock_.advance(minutes(1));
    for (std::uint32_t i = 0; i < 600; ++i) cache.remember(key(90000 + i), clock_.wall(), Origin::kafka);
  }
  clock_.advance(hours(1));
  for (std::uint32_t i = 0; i < 700; ++i) {
    EXPECT_EQ(cache.claim(key(50000 + i), 1, false).kind, Kind::none);
    cache.release(key(50000 + i), 1);
  }
  EXPECT_EQ(cache.stats().entries, 0u) << "every bucket gave back what it had";
}

TEST_F(CacheTest, OfManyThreadsThatClaimOneKeyOneGetsIt) {
  Cache cache({hours(1), 10000}, clock_);
  std::atomic<int> firsts{0};
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint32_t i = 0; i < 2000; ++i) {
        if (cache.claim(key(i), thread, false).kind != Kind::none) continue;
        ++firsts;
        cache.commit(key(i), thread);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(firsts, 2000);
  EXPECT_EQ(cache.stats().entries, 2000u);
}

}  // namespace
}  // namespace hookferry::dedupe
