#include "delivery/delivery.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "base/text.h"
#include "dedupe/cache.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/publisher.h"
#include "tests/fakes/replies.h"
#include "tests/fakes/telemetry.h"

namespace hookferry::delivery {
namespace {

using fakes::FakePublisher;
using std::chrono::milliseconds;
using std::chrono::seconds;
using What = Outcome::Kind;

constexpr Duration deadline = seconds(4);

Id128 id(std::uint8_t family, std::uint8_t number, std::uint8_t data) {
  Id128 out{};
  out[0] = number;
  out[1] = family;
  out[2] = data;
  return out;
}

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() { start(Options()); }

  void start(const Options& options) {
    cache_ = std::make_unique<dedupe::Cache>(dedupe::Options{std::chrono::hours(24), 1000}, clock_);
    delivery_ = std::make_unique<Delivery>(options, 4, *cache_, replies_, telemetry_, clock_);
    delivery_->attach(publisher_);
  }

  [[nodiscard]] Waiter waiter(std::uint64_t exchange) {
    Waiter out;
    out.ticket.exchange = exchange;
    out.received = clock_.monotonic();
    out.event = 1;
    return out;
  }

  [[nodiscard]] Submission submission(std::uint64_t exchange, std::uint8_t job, std::uint8_t data = 0,
                                      TopicId topic = 0) {
    Submission out;
    out.record = Record(topic, 64);
    out.record.append_key(cat("job-", job));
    out.record.begin_value().append(cat("data-", data));
    out.record.end_value();
    out.key = {id(1, job, data), id(2, job, 0)};
    out.waiter = waiter(exchange);
    return out;
  }

  /// What the submission was told at once, or nothing when it is held.
  std::optional<Outcome> submit(Submission submission) {
    const Submitted submitted = delivery_->submit(submission);
    EXPECT_NE(submitted.kind, Submitted::Kind::conflict);
    if (submitted.kind == Submitted::Kind::held) return std::nullopt;
    return submitted.outcome;
  }
  void hold(Submission submission) { EXPECT_FALSE(submit(std::move(submission)).has_value()); }

  /// The one outcome that a held request was told.
  [[nodiscard]] std::optional<Outcome> told(std::uint64_t exchange) {
    const auto outcomes = replies_.told(exchange);
    EXPECT_LE(outcomes.size(), 1u) << "exchange " << exchange << " was answered twice";
    if (outcomes.empty()) return std::nullopt;
    return outcomes.front();
  }
  [[nodiscard]] std::string kind_told(std::uint64_t exchange) {
    const auto outcome = told(exchange);
    if (!outcome) return "waits";
    constexpr std::string_view names[] = {"accepted", "duplicate", "quarantined", "rejected", "unavailable"};
    return std::string(names[static_cast<std::size_t>(outcome->kind)]);
  }
  void pass(Duration time) {
    clock_.advance(time);
    delivery_->tick();
  }

  fakes::FakeClock clock_;
  FakePublisher publisher_;
  fakes::FakeReplies replies_;
  fakes::FakeTelemetry telemetry_;
  std::unique_ptr<dedupe::Cache> cache_;
  std::unique_ptr<Delivery> delivery_;
};

TEST_F(DeliveryTest, IsAcceptedOnlyWhenKafkaHasAcknowledged) {
  hold(submission(1, 1));
  EXPECT_EQ(kind_told(1), "waits");
  EXPECT_EQ(telemetry_.counted("event 0 1 published"), 0);
  ASSERT_TRUE(publisher_.report(*delivery_));
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(told(1)->place->partition, 3);
  EXPECT_EQ(told(1)->id, id(1, 1, 0));
  EXPECT_EQ(telemetry_.counted("event 0 1 published"), 1);
  EXPECT_EQ(telemetry_.counted("delivered 0"), 1);
  EXPECT_EQ(delivery_->stats().usage.events, 0u);
  EXPECT_EQ(delivery_->stats().usage.bytes, 0u);
}

TEST_F(DeliveryTest, ADuplicateOfADurableEventIsToldAtOnce) {
  hold(submission(1, 1));
  publisher_.report(*delivery_);
  clock_.advance(seconds(3));
  const auto outcome = submit(submission(2, 1));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, What::duplicate);
  EXPECT_EQ(outcome->first_seen, seconds(3));
  EXPECT_EQ(publisher_.unreported(), 0u);
}

TEST_F(DeliveryTest, ADuplicateOfAPendingEventWaitsForItsOutcome) {
  hold(submission(1, 1));
  hold(submission(2, 1));
  hold(submission(3, 1));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(kind_told(2), "duplicate");
  EXPECT_EQ(kind_told(3), "duplicate");
}

TEST_F(DeliveryTest, JoiningByFlightIsForThoseWhoSawItPending) {
  hold(submission(1, 1));
  const Sighting seen = cache_->look(submission(2, 1).key);
  ASSERT_EQ(seen.kind, Sighting::Kind::pending);
  ASSERT_TRUE(delivery_->join(0, seen.flight, waiter(2)));
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(2), "duplicate");
  EXPECT_FALSE(delivery_->join(0, seen.flight, waiter(3))) << "it is over";
}

TEST_F(DeliveryTest, AtTheDeadlineItIsUnavailableAndTheFlightGoesOn) {
  hold(submission(1, 1));
  pass(deadline - milliseconds(1));
  EXPECT_EQ(kind_told(1), "waits");
  pass(milliseconds(1));
  EXPECT_EQ(kind_told(1), "unavailable");
  EXPECT_EQ(telemetry_.counted("failed 0 timeout"), 1);
  hold(submission(2, 1));
  EXPECT_EQ(publisher_.unreported(), 1u) << "the retry joins the flight";
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "unavailable") << "told once";
  EXPECT_EQ(kind_told(2), "duplicate");
  EXPECT_EQ(submit(submission(3, 1))->kind, What::duplicate) << "the claim was committed after the 503";
}

TEST_F(DeliveryTest, EachWaiterHasItsOwnDeadline) {
  hold(submission(1, 1));
  pass(seconds(3));
  hold(submission(2, 1));
  pass(seconds(1));
  EXPECT_EQ(kind_told(1), "unavailable");
  EXPECT_EQ(kind_told(2), "waits");
  pass(seconds(3));
  EXPECT_EQ(kind_told(2), "unavailable");
}

TEST_F(DeliveryTest, ADeadlineWithNoBrokerConnectedIsCountedAsThat) {
  publisher_.set_connected(false);
  hold(submission(1, 1));
  pass(deadline);
  EXPECT_EQ(telemetry_.counted("failed 0 broker_down"), 1);
}

TEST_F(DeliveryTest, ALostFirstReleasesThoseWhoWaitAndTheRetrySucceeds) {
  hold(submission(1, 1));
  hold(submission(2, 1));
  publisher_.report(*delivery_, Refusal::topic_not_authorized);
  EXPECT_EQ(kind_told(1), "unavailable");
  EXPECT_EQ(kind_told(2), "unavailable");
  EXPECT_EQ(telemetry_.counted("failed 0 not_authorized"), 1);
  pass(seconds(1));
  EXPECT_EQ(delivery_->topic_refusal(0), Refusal::topic_not_authorized);
  hold(submission(3, 1));
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(3), "accepted");
  EXPECT_EQ(delivery_->topic_refusal(0), Refusal::none);
}

TEST_F(DeliveryTest, ARefusedTopicIsLeftAloneForAWhileThenTriedAgain) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::topic_unknown);
  const auto at_once = submit(submission(2, 2));
  ASSERT_TRUE(at_once);
  EXPECT_EQ(at_once->kind, What::unavailable);
  EXPECT_EQ(publisher_.unreported(), 0u);
  EXPECT_EQ(delivery_->topic_refusal(0), Refusal::topic_unknown);
  EXPECT_EQ(delivery_->topic_refusal(1), Refusal::none);
  hold(submission(3, 3, 0, 1));  // another topic is not concerned
  pass(seconds(1));
  hold(submission(4, 2));
  publisher_.report(*delivery_);
  publisher_.report(*delivery_, Refusal::topic_unknown);
  pass(seconds(1));
  EXPECT_TRUE(submit(submission(5, 2))) << "the second time for two seconds";
  delivery_->topic_is_back(0);
  EXPECT_EQ(delivery_->topic_refusal(0), Refusal::none);
  hold(submission(6, 2));
}

TEST_F(DeliveryTest, WhatPassesIsPublishedAgainWhileSomebodyWaits) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::transient);
  EXPECT_EQ(kind_told(1), "waits");
  EXPECT_EQ(publisher_.unreported(), 0u);
  pass(milliseconds(50));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(telemetry_.counted("failed 0 other"), 1);
}

TEST_F(DeliveryTest, WhatTheClientOnlyTakesForDeliveredIsPublishedAgain) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::unproven);
  pass(milliseconds(200));
  EXPECT_EQ(kind_told(1), "waits");
  EXPECT_EQ(publisher_.unreported(), 0u) << "what the tail has seen until then need not be";
  pass(milliseconds(100));
  EXPECT_EQ(kind_told(1), "waits");
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(telemetry_.counted("failed 0 unproven"), 1);
}

TEST_F(DeliveryTest, WhatTheClientTakesForDeliveredAndTheTailHasSeenIsAccepted) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::unproven);
  cache_->remember(submission(1, 1).key, clock_.wall(), dedupe::Origin::kafka);
  pass(milliseconds(300));
  EXPECT_EQ(publisher_.unreported(), 0u);
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(told(1)->place, std::nullopt) << "nobody said where";
  EXPECT_EQ(delivery_->stats().usage.events, 0u);
}

TEST_F(DeliveryTest, WhatIsRefusedAfterTheDeadlineIsReleased) {
  hold(submission(1, 1));
  pass(deadline);
  publisher_.report(*delivery_, Refusal::transient);
  EXPECT_EQ(delivery_->stats().usage.events, 0u);
  hold(submission(2, 1));
  EXPECT_EQ(publisher_.unreported(), 1u) << "the next one is the first again";
}

TEST_F(DeliveryTest, AFlightWithoutWaitersEndsAtItsNextRefusal) {
  hold(submission(1, 1));
  publisher_.refuse_next({});
  publisher_.report(*delivery_, Refusal::transient);
  clock_.advance(deadline);
  publisher_.refuse_next({Refusal::transient});
  delivery_->tick();
  EXPECT_EQ(kind_told(1), "unavailable");
  EXPECT_EQ(delivery_->stats().usage.events, 0u);
}

TEST_F(DeliveryTest, AFullQueueIsBackPressure) {
  publisher_.refuse_next({Refusal::queue_full});
  hold(submission(1, 1));
  EXPECT_EQ(telemetry_.counted("failed 0 other"), 0) << "not an error";
  pass(milliseconds(50));
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
}

TEST_F(DeliveryTest, ARecordIsBelievedToBeTooLargeOnlyWhenItWasAlone) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::record_too_large);
  const auto again = publisher_.next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->batching, Publisher::Batching::alone);
  delivery_->reported(again->cookie, {Refusal::none, 0, 9});
  EXPECT_EQ(kind_told(1), "accepted");

  hold(submission(2, 2));
  publisher_.report(*delivery_, Refusal::record_too_large);
  publisher_.report(*delivery_, Refusal::record_too_large);
  EXPECT_EQ(kind_told(2), "unavailable");
  EXPECT_EQ(telemetry_.counted("failed 0 too_large"), 3);
}

TEST_F(DeliveryTest, WhatTheClientItselfRefusesWasAlone) {
  publisher_.refuse_next({Refusal::record_too_large});
  hold(submission(1, 1));
  EXPECT_EQ(kind_told(1), "unavailable");
  EXPECT_EQ(delivery_->stats().usage.events, 0u);
}

TEST_F(DeliveryTest, WhatAFinishedProducerDidNotPublishGoesToTheNextInOrder) {
  hold(submission(1, 1));
  hold(submission(2, 2));
  publisher_.report(*delivery_, Refusal::fatal);
  publisher_.report(*delivery_, Refusal::fatal);
  EXPECT_EQ(telemetry_.counted("failed 0 fatal"), 2);
  hold(submission(3, 3));
  EXPECT_EQ(publisher_.unreported(), 0u) << "a new one waits behind those before it";
  EXPECT_EQ(kind_told(1), "waits");
  FakePublisher replacement;
  delivery_->attach(replacement);
  for (const char* const value : {"job-1", "job-2", "job-3"}) {
    const auto record = replacement.next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->key, value);
    delivery_->reported(record->cookie, {});
  }
  EXPECT_EQ(kind_told(1), "accepted");
  EXPECT_EQ(kind_told(3), "accepted");
}

TEST_F(DeliveryTest, WhoWaitsForAnotherProducerHasADeadline) {
  hold(submission(1, 1));
  publisher_.report(*delivery_, Refusal::fatal);
  publisher_.refuse_next({Refusal::fatal, Refusal::fatal});
  pass(deadline);
  EXPECT_EQ(kind_told(1), "unavailable");
  hold(submission(2, 1));
  FakePublisher replacement;
  delivery_->attach(replacement);
  EXPECT_TRUE(replacement.report(*delivery_));
  EXPECT_FALSE(replacement.report(*delivery_)) << "the retry joined the first";
  EXPECT_EQ(kind_told(2), "duplicate");
}

TEST_F(DeliveryTest, WhatDoesNotFitTheCapsIsUnavailableAtOnce) {
  start({deadline, 4, 1 << 20, 10});
  hold(submission(1, 1));
  hold(submission(2, 2));
  hold(submission(3, 3));
  EXPECT_EQ(submit(submission(4, 4))->kind, What::unavailable) << "one topic may not fill the caps";
  hold(submission(5, 5, 0, 1));
  EXPECT_EQ(submit(submission(6, 6, 0, 2))->kind, What::unavailable);
  publisher_.report(*delivery_);
  hold(submission(7, 4, 0, 3));
}

TEST_F(DeliveryTest, ThoseWhoWaitForAnotherAreBounded) {
  start({deadline, 100, 1 << 20, 2});
  hold(submission(1, 1));
  hold(submission(2, 1));
  hold(submission(3, 1));
  EXPECT_EQ(submit(submission(4, 1))->kind, What::unavailable);
  pass(deadline);
  hold(submission(5, 1));
}

TEST_F(DeliveryTest, AKnownConflictGoesToItsSubstitute) {
  hold(submission(1, 1, 0));
  publisher_.report(*delivery_);
  Submission bare = submission(2, 1, 1);
  EXPECT_EQ(delivery_->submit(bare).kind, Submitted::Kind::conflict);
  EXPECT_GT(bare.record.size(), 0u) << "nothing was taken";

  Submission with = submission(2, 1, 1);
  with.instead = std::make_unique<Submission>(submission(0, 9, 9, 2));
  with.instead->kind = Kind::conflict;
  with.instead->reason = Quarantine::conflict;
  hold(std::move(with));
  EXPECT_EQ(publisher_.next()->topic, 2);
}

TEST_F(DeliveryTest, AConflictWaitsForAPendingFirst) {
  const auto conflicting = [&](std::uint64_t exchange) {
    Submission out = submission(exchange, 1, 1);
    out.instead = std::make_unique<Submission>(submission(0, 9, 9, 2));
    out.instead->kind = Kind::conflict;
    out.instead->reason = Quarantine::conflict;
    return out;
  };
  hold(submission(1, 1, 0));
  hold(conflicting(2));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
  ASSERT_EQ(publisher_.unreported(), 1u) << "the first is durable, so the other is a conflict";
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(2), "quarantined");
  EXPECT_EQ(told(2)->quarantine, Quarantine::conflict);
  EXPECT_EQ(telemetry_.counted("event 0 1 conflict"), 1);
}

TEST_F(DeliveryTest, AConflictBecomesTheFirstWhenThatOneIsReleased) {
  hold(submission(1, 1, 0));
  Submission other = submission(2, 1, 1);
  other.instead = std::make_unique<Submission>(submission(0, 9, 9, 2));
  hold(std::move(other));
  publisher_.report(*delivery_, Refusal::record_invalid);
  publisher_.report(*delivery_, Refusal::record_invalid);
  EXPECT_EQ(kind_told(1), "unavailable");
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->value, "data-1");
  delivery_->reported(record->cookie, {Refusal::none, 0, 0});
  EXPECT_EQ(kind_told(2), "accepted");
}

TEST_F(DeliveryTest, AWaitingConflictHasItsDeadlineToo) {
  hold(submission(1, 1, 0));
  pass(seconds(1));
  Submission other = submission(2, 1, 1);
  other.despite_conflict = true;
  hold(std::move(other));
  pass(seconds(4));
  EXPECT_EQ(kind_told(2), "unavailable");
  publisher_.report(*delivery_);
  EXPECT_EQ(publisher_.unreported(), 0u) << "it is not published for nobody";
}

TEST_F(DeliveryTest, AWaitingConflictKeepsItsDeadlineWhenItIsPublishedLate) {
  hold(submission(1, 1, 0));
  Submission other = submission(2, 1, 1);
  other.instead = std::make_unique<Submission>(submission(0, 9, 9, 2));
  hold(std::move(other));
  pass(seconds(3));
  hold(submission(3, 5, 0, 2));  // its deadline is later, its flight earlier
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(1), "accepted");
  Submission late = submission(4, 6, 0, 2);  // as if it had waited too
  late.waiter.received -= seconds(2);
  hold(std::move(late));
  pass(seconds(1));
  EXPECT_EQ(kind_told(2), "unavailable");
  EXPECT_EQ(kind_told(4), "waits");
  pass(seconds(1));
  EXPECT_EQ(kind_told(4), "unavailable");
  EXPECT_EQ(kind_told(3), "waits");
  pass(seconds(2));
  EXPECT_EQ(kind_told(3), "unavailable");
}

TEST_F(DeliveryTest, WhatWaitingConflictsKeepIsBounded) {
  start({deadline, 100, 200, 100});
  hold(submission(1, 1, 0));
  int held = 0;
  for (std::uint8_t data = 1; data < 100; ++data) {
    Submission other = submission(1 + data, 1, data);
    other.despite_conflict = true;
    held += delivery_->submit(other).kind == Submitted::Kind::held;
  }
  EXPECT_GT(held, 0);
  EXPECT_LT(held, 25);
  EXPECT_LE(delivery_->stats().usage.bytes, 200u);
  pass(deadline);
  while (publisher_.report(*delivery_)) {
  }
  EXPECT_EQ(delivery_->stats().usage.bytes, 0u);
}

TEST_F(DeliveryTest, WithPublishAConflictIsPublishedOnceTheFirstIsDurable) {
  hold(submission(1, 1, 0));
  Submission other = submission(2, 1, 1);
  other.despite_conflict = true;
  hold(std::move(other));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(*delivery_);
  publisher_.report(*delivery_);
  EXPECT_EQ(kind_told(2), "accepted");
}

TEST_F(DeliveryTest, KeepsTheOrderOfAcceptance) {
  for (std::uint8_t i = 0; i < 20; ++i) hold(submission(i, i));
  for (std::uint8_t i = 0; i < 20; ++i) {
    const auto record = publisher_.next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->key, cat("job-", i));
  }
}

TEST_F(DeliveryTest, OfManyConcurrentRequestsOfOneKeyOneIsPublished) {
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        Submission request = submission(thread * 50 + i, 1);
        EXPECT_EQ(delivery_->submit(request).kind, Submitted::Kind::held);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(*delivery_);
  std::map<std::string, int> kinds;
  for (std::uint64_t i = 0; i < 200; ++i) ++kinds[kind_told(i)];
  EXPECT_EQ(kinds["accepted"], 1);
  EXPECT_EQ(kinds["duplicate"], 199);
}

/// Says when it is called after its end.
class MortalPublisher final : public Publisher {
 public:
  ~MortalPublisher() override { alive_ = false; }
  [[nodiscard]] Refusal publish(const Record&, std::uint64_t, Batching) noexcept override {
    EXPECT_TRUE(alive_);
    return Refusal::fatal;
  }
  [[nodiscard]] bool connected() const noexcept override {
    EXPECT_TRUE(alive_);
    return true;
  }

 private:
  volatile bool alive_ = true;
};

TEST_F(DeliveryTest, AReplacedPublisherIsNotCalledAnyMore) {
  auto publisher = std::make_unique<MortalPublisher>();
  delivery_->attach(*publisher);
  std::atomic<bool> done{false};
  std::thread submitting([&] {
    for (std::uint64_t i = 0; !done; ++i) {
      Submission request = submission(i, static_cast<std::uint8_t>(i), 0, static_cast<TopicId>(i % 4));
      (void)delivery_->submit(request);
      delivery_->tick();
    }
  });
  for (int i = 0; i < 500; ++i) {
    auto next = std::make_unique<MortalPublisher>();
    delivery_->attach(*next);
    publisher = std::move(next);
  }
  done = true;
  submitting.join();
}

/// Random histories: nobody is told a 200 before its event is acknowledged, everybody is told exactly one thing,
/// nothing acknowledged is published twice, and at the end nothing is left in flight.
TEST_F(DeliveryTest, HoldsItsRulesOverRandomHistories) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(cat("seed ", seed));
    std::mt19937 random(seed);
    FakePublisher publisher;
    fakes::FakeReplies replies;
    dedupe::Cache cache({std::chrono::hours(24), 1000}, clock_);
    Delivery delivery({deadline, 12, 4096, 6}, 4, cache, replies, telemetry_, clock_);
    delivery.attach(publisher);
    std::map<std::uint64_t, std::pair<int, int>> asked;  // exchange → job, data
    std::map<std::uint64_t, Outcome> at_once;
    std::multiset<std::pair<std::string, std::string>> acknowledged;
    const auto report_one = [&](Refusal refusal) {
      const auto record = publisher.next();
      if (!record) return false;
      if (refusal == Refusal::none) acknowledged.insert({record->key, record->value});
      delivery.reported(record->cookie, {refusal, 0, 0});
      return true;
    };
    std::uint64_t exchange = 0;
    for (int step = 0; step < 200; ++step) {
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          const int job = static_cast<int>(random() % 4);
          const int data = static_cast<int>(random() % 5 == 0);
          Submission request = submission(++exchange, static_cast<std::uint8_t>(job), static_cast<std::uint8_t>(data));
          request.despite_conflict = true;
          asked[exchange] = {job, data};
          const Submitted submitted = delivery.submit(request);
          ASSERT_NE(submitted.kind, Submitted::Kind::conflict);
          if (submitted.kind == Submitted::Kind::answered) at_once[exchange] = submitted.outcome;
          break;
        }
        case 3:
        case 4:
          report_one(Refusal::none);
          break;
        case 5:
          report_one(static_cast<Refusal>(2 + random() % 7));
          break;
        case 6:
          publisher.refuse_next({static_cast<Refusal>(1 + random() % 8)});
          break;
        case 7:
          clock_.advance(milliseconds(random() % 1500));
          delivery.tick();
          break;
      }
      for (const auto& [request, what] : asked) {
        auto outcomes = replies.told(request);
        if (at_once.contains(request)) outcomes.push_back(at_once[request]);
        ASSERT_LE(outcomes.size(), 1u);
        if (outcomes.empty() || outcomes[0].kind == What::unavailable) continue;
        ASSERT_TRUE(acknowledged.contains({cat("job-", what.first), cat("data-", what.second)})) << "a 200 too early";
      }
    }
    publisher.refuse_next({});
    for (int i = 0; i < 20; ++i) {
      delivery.attach(publisher);
      while (report_one(Refusal::none)) {
      }
      clock_.advance(seconds(2));
      delivery.tick();
    }
    EXPECT_EQ(delivery.stats().usage.events, 0u);
    EXPECT_EQ(delivery.stats().usage.bytes, 0u);
    for (const auto& [request, what] : asked) {
      EXPECT_EQ(replies.told(request).size() + at_once.count(request), 1u) << "request " << request;
    }
    for (const auto& record : acknowledged) EXPECT_EQ(acknowledged.count(record), 1u) << record.first;
    EXPECT_EQ(cache.stats().entries, acknowledged.size()) << "claims are committed exactly for what is durable";
  }
}

}  // namespace
}  // namespace hookferry::delivery
