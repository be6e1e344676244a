#include "app/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookferry::app {
namespace {

using Kind = kafka::TopicState::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Condition good(std::size_t topics = 2) {
  Condition condition;
  condition.kafka_up = true;
  condition.topics_asked = true;
  condition.open = true;
  condition.needed_record_bytes = 900000;
  for (std::size_t i = 0; i < topics; ++i) {
    kafka::TopicState topic;
    topic.kind = Kind::present;
    topic.replication_factor = 3;
    topic.min_insync_replicas = 2;
    topic.max_message_bytes = 1000000;
    condition.topics.push_back(topic);
    condition.topic_names.push_back("topic-" + std::to_string(i));
  }
  return condition;
}

TEST(ReadinessTest, AllWell) {
  const Readiness readiness = judge(good());
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, IsEmpty());
  EXPECT_EQ(to_json(readiness), "{\"status\":\"ready\",\"reasons\":[],\"degraded\":[],\"problems\":[]}\n");
}

TEST(ReadinessTest, WithoutKafkaItIsNotReady) {
  Condition condition = good();
  condition.kafka_up = false;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("no-kafka"));
}

TEST(ReadinessTest, UntilTheTopicsAreKnownItIsStarting) {
  Condition condition = good();
  condition.topics_asked = false;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("starting"));
}

TEST(ReadinessTest, UntilWhatWasPublishedBeforeIsKnownItIsWarming) {
  Condition condition = good();
  condition.warmed = false;
  condition.tail_up = false;
  condition.open = false;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("warming"));
  EXPECT_THAT(judge(condition).degraded, IsEmpty());
  EXPECT_FALSE(may_open(condition));
  condition.warmed = true;
  EXPECT_TRUE(may_open(condition)) << "a tail that is down keeps nobody out";
}

TEST(ReadinessTest, ATailThatIsDownDegrades) {
  Condition condition = good();
  condition.tail_up = false;
  condition.tail_problem = "no right to read";
  const Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, ElementsAre("tail-down"));
  EXPECT_THAT(readiness.problems, ElementsAre("no right to read"));
  condition.kafka_up = false;
  EXPECT_THAT(judge(condition).degraded, IsEmpty()) << "no-kafka says it";
}

TEST(ReadinessTest, ATokenThatCannotBeHadDegrades) {
  Condition condition = good();
  condition.token_problem = "the token server said no";
  const Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready()) << "what is connected stays so";
  EXPECT_THAT(readiness.degraded, ElementsAre("no-token"));
  EXPECT_THAT(readiness.problems, ElementsAre("the token server said no"));
}

TEST(ReadinessTest, ReadyMeansThatThePortIsOpen) {
  Condition condition = good();
  condition.open = false;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("starting"));
}

TEST(ReadinessTest, WhatReloadsLeftToBeDoneDegrades) {
  Condition condition = good();
  condition.waiting = {"source acme (POST /webhooks/acme)", "event x of source glossi"};
  condition.restart = {"kafka.linger", "http.listen"};
  condition.reload_failure = "f.yaml:1:1: not good";
  const Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, ElementsAre("starting", "restart-required", "reload-failed"));
  EXPECT_THAT(readiness.problems,
              ElementsAre("not served yet, until its topics are there: source acme (POST /webhooks/acme), event x of "
                          "source glossi",
                          "needs a restart: kafka.linger, http.listen",
                          "the configuration was read again and not taken, what ran before runs on: f.yaml:1:1: not "
                          "good"));
}

TEST(ReadinessTest, ItIsNotReadyWhileNothingIsServed) {
  Condition condition = good();
  condition.nothing_served = true;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("starting"));
  EXPECT_FALSE(may_open(condition));
}

TEST(ReadinessTest, ThePortMayOpenOnceTheProducerKnowsTheTopics) {
  Condition condition = good();
  condition.open = false;
  EXPECT_TRUE(may_open(condition));
  condition.topics_unknown_to_producer = 1;
  EXPECT_FALSE(may_open(condition));
  condition.topics[0].kind = Kind::missing;
  EXPECT_TRUE(may_open(condition)) << "one that does not exist cannot be known";
  condition.kafka_up = false;
  EXPECT_FALSE(may_open(condition));
}

TEST(ReadinessTest, DrainingIsNotReady) {
  Condition condition = good();
  condition.draining = true;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("draining"));
}

TEST(ReadinessTest, OneMissingTopicDegradesAllMakeUnready) {
  Condition condition = good();
  condition.topics[0].kind = Kind::missing;
  condition.topics[0].problem = "topic-0 is missing: create it";
  Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, ElementsAre("no-topic"));
  EXPECT_THAT(readiness.problems, ElementsAre("topic-0 is missing: create it"));
  condition.topics[1].kind = Kind::missing;
  readiness = judge(condition);
  EXPECT_THAT(readiness.reasons, ElementsAre("no-topic"));
}

TEST(ReadinessTest, RightsLikewise) {
  Condition condition = good();
  condition.topics[1].kind = Kind::not_authorized;
  EXPECT_THAT(judge(condition).degraded, ElementsAre("not-authorized"));
  condition.topics[0].kind = Kind::not_authorized;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("not-authorized"));
}

TEST(ReadinessTest, ATopicThatRefusesRecordsDegrades) {
  Condition condition = good();
  condition.refusals = {Refusal::topic_not_authorized, Refusal::topic_not_authorized};
  const Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready()) << "only another record can find out that it has passed";
  EXPECT_THAT(readiness.degraded, ElementsAre("not-authorized"));
  EXPECT_THAT(readiness.problems, ElementsAre(HasSubstr("topic-0"), HasSubstr("topic-1")));
  condition.refusals = {Refusal::none, Refusal::topic_unknown};
  EXPECT_THAT(judge(condition).degraded, ElementsAre("no-topic"));
}

TEST(ReadinessTest, DurabilityBelowWhatIsAskedForIsSaid) {
  Condition condition = good();
  condition.topics[0].min_insync_replicas = 1;
  Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, ElementsAre("min-durability"));
  EXPECT_THAT(readiness.problems, ElementsAre(HasSubstr("kafka.min_durability")));
  condition.min_durability = config::MinDurability::require;
  EXPECT_THAT(judge(condition).reasons, ElementsAre("min-durability"));
  condition.min_durability = config::MinDurability::off;
  EXPECT_THAT(judge(condition).degraded, IsEmpty());
  condition.min_durability = config::MinDurability::warn;
  condition.embedded = true;
  EXPECT_THAT(judge(condition).degraded, IsEmpty()) << "a trial is not a cluster";
}

TEST(ReadinessTest, WhatIsNotKnownOfATopicIsNotHeldAgainstIt) {
  Condition condition = good();
  condition.topics[0].replication_factor = 0;
  condition.topics[0].min_insync_replicas = 0;
  condition.min_durability = config::MinDurability::require;
  EXPECT_TRUE(judge(condition).ready());
}

TEST(ReadinessTest, ARecordLimitBelowMaxBodyIsSaid) {
  Condition condition = good();
  condition.topics[1].max_message_bytes = 5000;
  const Readiness readiness = judge(condition);
  EXPECT_THAT(readiness.degraded, ElementsAre("record-limit"));
  EXPECT_THAT(readiness.problems, ElementsAre(HasSubstr("topic-1 takes records of 5000 bytes")));
}

TEST(ReadinessTest, WhatIsEveryTopicsProblemIsSaidOnce) {
  Condition condition = good(5);
  for (auto& topic : condition.topics) topic.problem = "Kafka is away";
  EXPECT_THAT(judge(condition).problems, ElementsAre("Kafka is away"));
}

TEST(ReadinessTest, TheJsonIsEscaped) {
  Readiness readiness;
  readiness.reasons = {"no-kafka"};
  readiness.problems = {"it says \"no\"\n"};
  EXPECT_EQ(to_json(readiness),
            "{\"status\":\"unready\",\"reasons\":[\"no-kafka\"],\"degraded\":[],\"problems\":[\"it says "
            "\\\"no\\\"\\u000a\"]}\n");
}

using SpoolState = spool::Health::Kind;

Condition with_spool(SpoolState state, std::string text = {}) {
  Condition condition = good();
  condition.spool = spool::Health{state, std::move(text)};
  return condition;
}

TEST(ReadinessTest, WithASpoolNothingAboutKafkaMakesUnready) {
  Condition condition = with_spool(SpoolState::ok);
  condition.kafka_up = false;
  condition.topics[0].kind = condition.topics[1].kind = Kind::missing;
  const Readiness readiness = judge(condition);
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.degraded, ElementsAre("no-kafka", "no-topic"));
}

TEST(ReadinessTest, WhenKafkaComesToAnOpenPortItStaysReady) {
  Condition condition = with_spool(SpoolState::ok);
  condition.topics_asked = false;
  EXPECT_TRUE(judge(condition).ready());
  EXPECT_THAT(judge(condition).degraded, ElementsAre("starting"));
  condition.topics_asked = true;
  condition.warmed = false;
  EXPECT_TRUE(judge(condition).ready());
  EXPECT_THAT(judge(condition).degraded, ElementsAre("warming"));
}

TEST(ReadinessTest, ASpoolThatTakesNothingMakesUnreadyOnlyWithoutKafka) {
  for (const auto& [state, reason] :
       {std::pair(SpoolState::full, "spool-full"), {SpoolState::failed, "spool-failed"}}) {
    Condition condition = with_spool(state, "what is wrong");
    EXPECT_TRUE(judge(condition).ready());
    EXPECT_THAT(judge(condition).degraded, ElementsAre(reason));
    EXPECT_THAT(judge(condition).problems, ElementsAre("what is wrong"));
    condition.kafka_up = false;
    EXPECT_THAT(judge(condition).reasons, ElementsAre("no-kafka", reason));
  }
}

TEST(ReadinessTest, WithASpoolThePortOpensWithoutKafkaAfterAWhile) {
  Condition condition = with_spool(SpoolState::ok);
  condition.open = false;
  condition.kafka_up = false;
  condition.topics_asked = false;
  condition.warmed = false;
  condition.topics_unknown_to_producer = 2;
  EXPECT_FALSE(may_open(condition));
  condition.waited_for_kafka = true;
  EXPECT_TRUE(may_open(condition));
  condition.spool->kind = SpoolState::failed;
  EXPECT_FALSE(may_open(condition));
}

TEST(ReadinessTest, WithASpoolAndKafkaThereThePortWaitsForTheWarmUp) {
  Condition condition = with_spool(SpoolState::ok);
  condition.open = false;
  condition.warmed = false;
  EXPECT_FALSE(may_open(condition));
  EXPECT_THAT(judge(condition).reasons, ElementsAre("warming"));
  condition.warmed = true;
  EXPECT_TRUE(may_open(condition));
}

}  // namespace
}  // namespace hookferry::app
