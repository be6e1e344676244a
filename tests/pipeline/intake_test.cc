#include "pipeline/intake.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <string>

#include "base/text.h"
#include "dedupe/cache.h"
#include "pipeline/responder.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/publisher.h"
#include "tests/fakes/replies.h"
#include "tests/fakes/telemetry.h"

namespace hookferry::pipeline {
namespace {

using What = Outcome::Kind;
constexpr std::string_view secret = "glossi-test-secret";
constexpr TopicId quarantine_topic = 7;

class FixedLimits final : public TopicLimits {
 public:
  [[nodiscard]] std::size_t max_message_bytes(TopicId) const noexcept override { return limit; }
  std::size_t limit = 1000000;
};

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    senders::SourceSpec spec;
    spec.name = "glossi";
    spec.preset = "glossi";
    spec.secrets = {std::string(secret), "an older secret"};
    source_ = senders::Source::make(spec).value();
    delivery_.attach(publisher_);
    make_intake(false);
  }

  void make_intake(bool publish_conflicts) {
    SourceRoute route{0, source_, {}, quarantine_topic};
    for (std::uint16_t i = 0; i < 7; ++i) route.events.push_back({i, i, true});
    intake_ = std::make_unique<Intake>(std::vector{route}, publish_conflicts,
                                       Intake::Ports{cache_, delivery_, limits_, telemetry_, clock_});
  }

  Taken take(const std::string& body, std::string_view key = secret) {
    const std::string signature = senders::sign(key, body);
    const std::vector<senders::HeaderView> headers{{"X-Glossi-Signature", signature},
                                                   {"Content-Type", "application/json"}};
    Ticket ticket;
    ticket.exchange = ++exchange_;
    return intake_->take(0, {headers, body, from_, clock_.monotonic(), ticket});
  }
  std::optional<Outcome> told(const Taken& taken) {
    if (taken.outcome) return taken.outcome;
    const auto outcomes = replies_.told(taken.waiter.ticket.exchange);
    EXPECT_LE(outcomes.size(), 1u);
    if (outcomes.empty()) return std::nullopt;
    return outcomes[0];
  }
  static std::string job(std::string_view id, std::string_view more = "1") {
    return cat(R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":")", id, R"(","n":)",
               more, "}}");
  }

  fakes::FakeClock clock_;
  fakes::FakePublisher publisher_;
  fakes::FakeReplies replies_;
  fakes::FakeTelemetry telemetry_;
  FixedLimits limits_;
  dedupe::Cache cache_{{std::chrono::hours(24), 1000}, clock_};
  delivery::Delivery delivery_{delivery::Options(), 8, cache_, replies_, telemetry_, clock_};
  std::shared_ptr<const senders::Source> source_;
  std::unique_ptr<Intake> intake_;
  std::uint64_t exchange_ = 0;
  IpAddress from_ = *IpAddress::parse("192.0.2.7");
};

TEST_F(IntakeTest, AnEventIsHeldUntilItIsDurable) {
  const Taken taken = take(job("a"));
  EXPECT_FALSE(told(taken));
  EXPECT_EQ(taken.waiter.secret, 1);
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key, "a");
  EXPECT_EQ(record->topic, source_->find_event("job.complete"));
  delivery_.reported(record->cookie, {Refusal::none, 0, 0});
  EXPECT_EQ(told(taken)->kind, What::accepted);
}

TEST_F(IntakeTest, AForgedRequestChangesNothing) {
  const Taken forged = take(job("a"), "wrong");
  ASSERT_TRUE(forged.outcome);
  EXPECT_EQ(forged.outcome->kind, What::rejected);
  EXPECT_EQ(forged.outcome->rejection, Rejection::signature_mismatch);
  EXPECT_EQ(publisher_.unreported(), 0u);
  EXPECT_EQ(cache_.stats().entries, 0u);
  EXPECT_EQ(telemetry_.counted("secret 0 0"), 0);
  const Taken real = take(job("a"));
  publisher_.report(delivery_);
  EXPECT_EQ(told(real)->kind, What::accepted) << "the forged one did not take its place";
}

TEST_F(IntakeTest, AnAddressThatIsNotAllowedIsRejectedWhateverItSigns) {
  SourceRoute route{0, source_, {}, quarantine_topic, {*Network::parse("198.51.100.0/24"), *Network::parse("::/0")}};
  for (std::uint16_t i = 0; i < 7; ++i) route.events.push_back({i, i, true});
  intake_ = std::make_unique<Intake>(std::vector{route}, false,
                                     Intake::Ports{cache_, delivery_, limits_, telemetry_, clock_});
  for (const std::string_view key : {secret, std::string_view("wrong")}) {
    const Taken taken = take(job("a"), key);
    ASSERT_TRUE(taken.outcome);
    EXPECT_EQ(taken.outcome->kind, What::rejected);
    EXPECT_EQ(taken.outcome->rejection, Rejection::address_denied);
    EXPECT_EQ(taken.waiter.secret, 0);
  }
  EXPECT_EQ(telemetry_.counted("secret 0 0"), 0);
  EXPECT_EQ(cache_.stats().entries, 0u);
  EXPECT_EQ(publisher_.unreported(), 0u);
  from_ = *IpAddress::parse("198.51.100.7");
  EXPECT_EQ(take(job("a"), "wrong").outcome->rejection, Rejection::signature_mismatch);
  EXPECT_FALSE(take(job("a")).outcome) << "held until it is durable";
  EXPECT_EQ(publisher_.unreported(), 1u);
}

TEST_F(IntakeTest, EveryActiveSecretVerifies) {
  const Taken taken = take(job("a"), "an older secret");
  EXPECT_EQ(taken.waiter.secret, 2);
  EXPECT_EQ(telemetry_.counted("secret 0 1"), 1);
}

TEST_F(IntakeTest, DuplicatesBeforeDuringAndAfterTheFirst) {
  const Taken first = take(job("a"));
  const Taken during = take(job("a"));
  EXPECT_FALSE(told(during));
  publisher_.report(delivery_);
  EXPECT_EQ(told(during)->kind, What::duplicate);
  const Taken after = take(job("a"));
  ASSERT_TRUE(after.outcome);
  EXPECT_EQ(after.outcome->kind, What::duplicate);
  EXPECT_EQ(after.outcome->id, told(first)->id);
  EXPECT_EQ(publisher_.unreported(), 0u);
}

TEST_F(IntakeTest, WhatCannotBeRoutedIsPublishedRawOnce) {
  const std::string body = R"({"event":"scene.exploded","data":{}})";
  const Taken taken = take(body);
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, quarantine_topic);
  EXPECT_EQ(record->value, body);
  delivery_.reported(record->cookie, {Refusal::none, 0, 0});
  EXPECT_EQ(told(taken)->kind, What::quarantined);
  EXPECT_EQ(told(taken)->quarantine, Quarantine::unknown_event);
  EXPECT_EQ(telemetry_.counted("event 0 unknown quarantined"), 1);
  const Taken again = take(body);
  EXPECT_EQ(told(again)->kind, What::duplicate);
}

TEST_F(IntakeTest, AConflictGoesToQuarantineAndIsAConflictAgain) {
  take(job("a", "1"));
  publisher_.report(delivery_);
  const Taken other = take(job("a", "2"));
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, quarantine_topic);
  EXPECT_EQ(record->value, job("a", "2"));
  delivery_.reported(record->cookie, {Refusal::none, 0, 0});
  EXPECT_EQ(told(other)->kind, What::quarantined);
  EXPECT_EQ(told(other)->quarantine, Quarantine::conflict);
  EXPECT_EQ(told(take(job("a", "2")))->kind, What::duplicate);
  EXPECT_EQ(told(take(job("a", "1")))->kind, What::duplicate);
  EXPECT_EQ(publisher_.unreported(), 0u);
}

TEST_F(IntakeTest, AConflictWithAPendingFirstWaitsForIt) {
  const Taken first = take(job("a", "1"));
  take(job("a", "2"));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(delivery_);
  EXPECT_EQ(told(first)->kind, What::accepted);
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, quarantine_topic);
}

TEST_F(IntakeTest, ConflictsArePublishedWhereTheConfigurationSaysSo) {
  make_intake(true);
  take(job("a", "1"));
  publisher_.report(delivery_);
  const Taken other = take(job("a", "2"));
  publisher_.report(delivery_);
  EXPECT_EQ(told(other)->kind, What::accepted);
  EXPECT_EQ(told(take(job("a", "2")))->kind, What::duplicate);
}

TEST_F(IntakeTest, ARecordLargerThanItsTopicTakesIsQuarantined) {
  limits_.limit = 500;
  const Taken taken = take(job("a"));
  const auto record = publisher_.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, quarantine_topic);
  delivery_.reported(record->cookie, {Refusal::none, 0, 0});
  EXPECT_EQ(told(taken)->quarantine, Quarantine::too_large);
  EXPECT_EQ(telemetry_.counted(cat("event 0 ", source_->find_event("job.complete"), " quarantined")), 1);
}

TEST_F(IntakeTest, ARetryAfterTheDeadlineJoinsTheFlight) {
  const Taken first = take(job("a"));
  clock_.advance(std::chrono::seconds(4));
  delivery_.tick();
  EXPECT_EQ(told(first)->kind, What::unavailable);
  const Taken retry = take(job("a"));
  EXPECT_EQ(publisher_.unreported(), 1u);
  publisher_.report(delivery_);
  EXPECT_EQ(told(retry)->kind, What::duplicate);
}

TEST_F(IntakeTest, WhatIsCountedAndWhereItGoesIsByIdsNotByPositions) {
  SourceRoute route{9, source_, {}, quarantine_topic};
  for (std::uint16_t i = 0; i < 7; ++i) {
    route.events.push_back({static_cast<EventId>(100 + i), static_cast<TopicId>(6 - i), true});
  }
  intake_ = std::make_unique<Intake>(std::vector{route}, false,
                                     Intake::Ports{cache_, delivery_, limits_, telemetry_, clock_});
  const EventId event = source_->find_event("job.complete");
  const Taken taken = take(job("a"));
  EXPECT_EQ(taken.waiter.source, 9);
  EXPECT_EQ(taken.waiter.event, 100 + event);
  EXPECT_EQ(telemetry_.counted("secret 9 0"), 1);
  EXPECT_EQ(publisher_.next()->topic, 6 - event);
  const Taken bad = take(R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":true}})");
  EXPECT_EQ(bad.waiter.event, 100 + event);
}

TEST_F(IntakeTest, AnEventWhoseTopicIsNotThereYetIsUnknown) {
  SourceRoute route{0, source_, {}, quarantine_topic};
  for (std::uint16_t i = 0; i < 7; ++i) route.events.push_back({i, i, source_->events()[i] != "job.complete"});
  intake_ = std::make_unique<Intake>(std::vector{route}, false,
                                     Intake::Ports{cache_, delivery_, limits_, telemetry_, clock_});
  const Taken taken = take(job("a"));
  EXPECT_FALSE(taken.outcome) << "held until it is in the quarantine topic";
  publisher_.report(delivery_);
  ASSERT_TRUE(told(taken));
  EXPECT_EQ(told(taken)->kind, What::quarantined);
  EXPECT_EQ(told(taken)->quarantine, Quarantine::unknown_event);
  make_intake(false);
  EXPECT_FALSE(take(job("a")).outcome);
  EXPECT_EQ(publisher_.next()->topic, source_->find_event("job.complete")) << "its id is free for the event itself";
}

class Answers final : public AnswerPort {
 public:
  void answer(const Ticket& ticket, Answer answer) noexcept override { given[ticket.exchange] = std::move(answer); }
  std::map<std::uint64_t, Answer> given;
};

TEST_F(IntakeTest, TheResponderCountsDuplicatesRefusalsAndRejections) {
  LogOptions options;
  options.descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(options.descriptor, 0);
  {
    Log log(options);
    Catalog catalog;
    ASSERT_EQ(catalog.source("glossi"), 0);
    for (const std::string& event : source_->events()) ASSERT_TRUE(catalog.event(0, event));
    Responder responder(catalog, false, telemetry_, log, clock_);
    Answers answers;
    responder.attach(answers);
    const Taken rejected = take(job("a"), "wrong");
    EXPECT_EQ(responder.finish(rejected.waiter, *rejected.outcome, {10, from_}).status, 401);
    const Answer wrong = responder.finish(rejected.waiter, *rejected.outcome, {10, from_});
    Outcome denied = *rejected.outcome;
    denied.rejection = Rejection::address_denied;
    const Answer answer = responder.finish(rejected.waiter, denied, {10, from_});
    EXPECT_EQ(answer.status, wrong.status);
    EXPECT_EQ(answer.body, wrong.body);
    EXPECT_EQ(telemetry_.counted("rejected 0 signature_mismatch"), 2);
    EXPECT_EQ(telemetry_.counted("rejected 0 address_denied"), 1);
    const Taken held = take(job("a"));
    Outcome late;
    late.kind = What::unavailable;
    responder.reply(held.waiter, late);
    EXPECT_EQ(answers.given[held.waiter.ticket.exchange].status, 503);
    const EventId event = source_->find_event("job.complete");
    EXPECT_EQ(telemetry_.counted(cat("event 0 ", event, " refused")), 1);
    Outcome duplicate;
    duplicate.kind = What::duplicate;
    responder.reply(held.waiter, duplicate);
    EXPECT_EQ(telemetry_.counted(cat("event 0 ", event, " duplicate")), 1);
  }
  ::close(options.descriptor);
}

}  // namespace
}  // namespace hookferry::pipeline
