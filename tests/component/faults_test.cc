// The whole bridge while the broker misbehaves: no 200 without an acknowledgement, and it heals.
#include "tests/component/harness.h"

namespace hookferry::component {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = kafka::EmbeddedBroker::Fault;

config::Config with_deadline(config::Config config, Duration deadline) {
  config.http.ack_deadline = deadline;
  return config;
}

TEST_F(BridgeTest, WithASlowBrokerTheAnswerIsA503AndTheRetryIsAnswered) {
  start(with_deadline(config(), milliseconds(300)));
  broker().set_round_trip(seconds(3));
  const auto connection = connect();
  const Connection::Answer late = connection->post(job("a"));
  EXPECT_EQ(late.status, 503);
  EXPECT_NE(late.head.find("Retry-After: "), std::string::npos) << late.head;
  std::string says = "unavailable";
  ASSERT_TRUE(eventually([&] { return (says = connection->post(job("a")).says()) != "unavailable"; }));
  EXPECT_EQ(says, "duplicate") << "the flight went on, and the retry joined it";
  broker().set_round_trip(milliseconds(0));
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

TEST_F(BridgeTest, WhileTheBrokerIsDownNothingIsAcknowledgedAndTheCapsHold) {
  config::Config small = with_deadline(config(), milliseconds(500));
  small.delivery.max_inflight_events = 8;
  start(small);
  broker().set_down();
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 30; ++i) {
    connections.push_back(connect());
    connections.back()->send_event(job(cat("job-", i)));
  }
  for (const auto& connection : connections) EXPECT_EQ(connection->read_answer().status, 503);
  EXPECT_LE(bridge_->in_flight().usage.events, 8u);
  broker().set_up();
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 0; }));
  for (int i = 0; i < 30; ++i) {
    std::string says;
    ASSERT_TRUE(eventually([&] { return (says = connections[i]->post(job(cat("job-", i))).says()) != "unavailable"; }));
  }
  EXPECT_EQ(read("glossi.job.complete", 30).size(), 30u) << "each once: those in flight went on, the others came again";
}

class DeliveryErrors : public BridgeTest, public testing::WithParamInterface<Fault> {};

TEST_P(DeliveryErrors, AreNeverA200AndTheRetrySucceeds) {
  start(with_deadline(config(), seconds(2)));
  const auto connection = connect();
  ASSERT_EQ(connection->post(job("before")).says(), "accepted");
  broker().fail_next_produce(GetParam(), 3);
  int attempts = 0;
  std::string says;
  ASSERT_TRUE(eventually([&] {
    ++attempts;
    says = connection->post(job("a")).says();
    return says != "unavailable";
  }));
  EXPECT_TRUE(says == "accepted" || (says == "duplicate" && attempts > 1)) << says;
  std::size_t found = 0;
  for (const auto& record : read("glossi.job.complete", 2)) found += record.key == "a";
  EXPECT_EQ(found, 1u);
}

std::string name_of(const testing::TestParamInfo<Fault>& parameter) {
  constexpr const char* names[] = {"Unknown",    "TooLarge", "NotAuthorized", "UnknownTopic",   "InvalidMessage",
                                   "OutOfOrder", "TimedOut", "NotLeader",     "PolicyViolation"};
  return names[static_cast<std::size_t>(parameter.param)];
}

INSTANTIATE_TEST_SUITE_P(AllKinds, DeliveryErrors,
                         testing::Values(Fault::produce_unknown, Fault::produce_too_large,
                                         Fault::produce_not_authorized, Fault::produce_unknown_topic,
                                         Fault::produce_invalid_message, Fault::produce_out_of_order,
                                         Fault::produce_timed_out, Fault::produce_not_leader,
                                         Fault::produce_policy_violation),
                         name_of);

TEST_F(BridgeTest, OneSickTopicDoesNotHurtTheOthers) {
  if (!kafka::EmbeddedBroker::survives_a_missing_leader()) {
    GTEST_SKIP() << "SKIP: the mock broker of this librdkafka crashes";
  }
  config::Config tight = with_deadline(config(), milliseconds(500));
  tight.delivery.max_inflight_events = 40;
  start(tight);
  broker().take_leader_away("glossi.job.failed", embedded_partitions);
  std::vector<std::unique_ptr<Connection>> sick;
  for (int i = 0; i < 60; ++i) {
    sick.push_back(connect());
    sick.back()->send_event(job(cat("job-", i), "job.failed"));
  }
  const auto well = connect();
  for (int i = 0; i < 200; ++i) ASSERT_EQ(well->post(job(cat("job-", i))).says(), "accepted") << i;
  for (const auto& connection : sick) EXPECT_EQ(connection->read_answer().status, 503);
  broker().give_leader_back("glossi.job.failed", embedded_partitions);
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 0; }));
  std::string says;
  ASSERT_TRUE(eventually([&] { return (says = well->post(job("job-0", "job.failed")).says()) != "unavailable"; }));
}

TEST_F(BridgeTest, AFailedProducerIsReplacedAndWhatItHadIsPublishedAfterAll) {
  start(with_deadline(config(), milliseconds(500)));
  broker().set_round_trip(seconds(20));  // longer than anybody waits for the failed one's reports
  const auto connection = connect();
  connection->send_event(job("a"));
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 1; }));
  bridge_->fail_producer();
  EXPECT_EQ(connection->read_answer().status, 503);
  broker().set_round_trip(milliseconds(0));
  ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 0; }));
  EXPECT_EQ(connection->post(job("a")).says(), "duplicate") << "it is durable by now";
  EXPECT_EQ(connection->post(job("b")).says(), "accepted");
}

TEST_F(BridgeTest, AClientThatGoesAwayChangesNothingForTheNext) {
  start();
  broker().set_round_trip(milliseconds(300));
  {
    const auto first = connect();
    first->send_event(job("a"));
    ASSERT_TRUE(eventually([&] { return bridge_->in_flight().usage.events == 1; }));
  }
  const auto second = connect();
  EXPECT_EQ(second->post(job("a")).says(), "duplicate");
  EXPECT_EQ(read("glossi.job.complete", 1).size(), 1u);
}

}  // namespace
}  // namespace hookferry::component
