// The producer against a broker that misbehaves.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <deque>

#include "base/text.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using Batching = Publisher::Batching;
using Fault = EmbeddedBroker::Fault;

struct FaultCase {
  const char* name;
  Fault fault;
  Refusal refusal;
};

/// From 2.4.0 on librdkafka tries again by itself after INVALID_MSG (KIP-467).
Refusal of_invalid_message() {
  return rd_kafka_version() >= 0x02040000 ? Refusal::none : Refusal::transient;
}

class ReportedFault : public testing::TestWithParam<FaultCase> {};

TEST_P(ReportedFault, IsReportedAsItsClassAndTheNextRecordGoesThrough) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->fail_next_produce(GetParam().fault, 1);
  const Record record = make_record(0, "k", "v");
  ASSERT_EQ(bridge.producer->publish(record, 1, Batching::together), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  EXPECT_EQ(bridge.reports.of(1).refusal, GetParam().refusal);
  const bool acknowledged = GetParam().refusal == Refusal::none;
  EXPECT_EQ(bridge.reports.of(1).partition >= 0, acknowledged);
  EXPECT_EQ(bridge.reports.of(1).offset >= 0, acknowledged);

  // Whatever it was of, it passes; a topic that was refused is asked for again.
  const Record next = make_record(0, "k", "next");
  std::uint64_t cookie = 1;
  ASSERT_TRUE(eventually([&] {
    if (bridge.producer->publish(next, ++cookie, Batching::together) != Refusal::none) return true;
    return bridge.reports.wait_for(cookie) && !of_topic(bridge.reports.of(cookie).refusal);
  }));
  EXPECT_EQ(bridge.reports.of(cookie).refusal, Refusal::none);
  EXPECT_FALSE(bridge.producer->state().fatal);
}

INSTANTIATE_TEST_SUITE_P(
    , ReportedFault,
    testing::Values(FaultCase{"Unknown", Fault::produce_unknown, Refusal::transient},
                    FaultCase{"TooLarge", Fault::produce_too_large, Refusal::record_too_large},
                    FaultCase{"NotAuthorized", Fault::produce_not_authorized, Refusal::topic_not_authorized},
                    FaultCase{"InvalidMessage", Fault::produce_invalid_message, of_invalid_message()},
                    FaultCase{"PolicyViolation", Fault::produce_policy_violation, Refusal::record_invalid},
                    // These are tried again inside, and nothing of them is seen.
                    FaultCase{"UnknownTopic", Fault::produce_unknown_topic, Refusal::none},
                    FaultCase{"TimedOut", Fault::produce_timed_out, Refusal::none},
                    FaultCase{"NotLeader", Fault::produce_not_leader, Refusal::none}),
    [](const auto& tested) { return tested.param.name; });

/// A bridge whose client sends each record as a request of its own, so that several are under way together.
class OneRecordARequest {
 public:
  OneRecordARequest() : bridge({"t"}, ProducerOptions{.properties = {{"batch.num.messages", "1"}}}) {
    EXPECT_TRUE(bridge.ready());
  }
  void publish(std::uint64_t cookie) {
    const Record& record = records.emplace_back(make_record(0, "k", cat(cookie)));
    ASSERT_EQ(bridge.producer->publish(record, cookie, Batching::together), Refusal::none);
  }
  /// The next request comes to a broker that does not lead the partition yet, and the one after it to one that does.
  void refuse_the_next() {
    bridge.broker->set_round_trip(milliseconds(300));
    bridge.broker->fail_next_produce(Fault::produce_not_leader, 1);
  }
  std::vector<std::string> published(std::size_t count) {
    bridge.broker->set_round_trip(milliseconds(0));
    const auto consumer = Consumer::open(bridge.options, bridge.topics, Consumer::From::beginning, generous).value();
    std::vector<std::string> values;
    while (values.size() < count) {
      const auto consumed = consumer->next(generous);
      if (!consumed) break;
      values.push_back(consumed->value);
    }
    return values;
  }

  std::deque<Record> records;  // until the bridge has ended: not all are reported
  Bridge bridge;
};

TEST(Faults, ARecordThatKafkaRefusedIsNotDeliveredBecauseALaterOneIs) {
  OneRecordARequest test;
  test.publish(0);  // opens the partition
  ASSERT_TRUE(test.bridge.reports.wait_for(1));
  test.refuse_the_next();
  test.publish(1);
  test.publish(2);
  ASSERT_TRUE(test.bridge.reports.wait_for(3));
  EXPECT_EQ(test.bridge.reports.of(2).refusal, Refusal::none);
  EXPECT_EQ(test.bridge.reports.of(1).refusal, Refusal::unproven) << "as librdkafka has it, it was delivered";
  EXPECT_EQ(test.bridge.reports.of(1).offset, -1);
  test.publish(3);
  EXPECT_THAT(test.published(3), testing::ElementsAre("0", "2", "3"));
}

TEST(Faults, TheFirstRecordOfAPartitionIsNotOvertaken) {
  OneRecordARequest test;
  test.refuse_the_next();
  for (std::uint64_t cookie = 0; cookie < 5; ++cookie) test.publish(cookie);
  ASSERT_TRUE(test.bridge.reports.wait_for(5));
  for (std::uint64_t cookie = 0; cookie < 5; ++cookie) {
    EXPECT_EQ(test.bridge.reports.of(cookie).refusal, Refusal::none) << cookie;
  }
  EXPECT_THAT(test.published(5), testing::ElementsAre("0", "1", "2", "3", "4"));
}

TEST(Faults, ASequenceThatIsOutOfOrderEndsTheProducerAndANewOneGoesOn) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->fail_next_produce(Fault::produce_out_of_order, 1);
  const Record record = make_record(0, "k", "v");
  ASSERT_EQ(bridge.producer->publish(record, 1, Batching::together), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::fatal);
  ASSERT_TRUE(eventually([&] { return bridge.producer->state().fatal; }));
  EXPECT_NE(bridge.producer->state().last_error, "");
  EXPECT_EQ(bridge.producer->publish(record, 2, Batching::together), Refusal::fatal);
  EXPECT_EQ(bridge.producer->publish(record, 3, Batching::alone), Refusal::fatal);
  EXPECT_THAT(bridge.kept_log.text(), testing::HasSubstr("the Kafka producer is finished"));

  bridge.start_producer();
  EXPECT_FALSE(bridge.producer->state().fatal);
  ASSERT_EQ(bridge.publish(record, 4), Refusal::none);
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  EXPECT_EQ(bridge.reports.of(4).refusal, Refusal::none);
}

TEST(Faults, AFatalErrorReportsEverythingThatWasTaken) {
  constexpr std::uint64_t count = 100;
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->set_round_trip(milliseconds(300));  // some are in flight, some still queued
  std::vector<Record> records;
  for (std::uint64_t i = 0; i < count; ++i) records.push_back(make_record(0, cat(i), "v"));
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(bridge.producer->publish(records[i], i, Batching::together), Refusal::none);
  }
  bridge.producer->make_fatal();
  ASSERT_TRUE(bridge.reports.wait_for(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const Refusal refusal = bridge.reports.of(i).refusal;
    EXPECT_TRUE(refusal == Refusal::none || refusal == Refusal::fatal) << i;
  }
  EXPECT_EQ(bridge.producer->flush(Duration::zero()), 0U);
  EXPECT_EQ(bridge.reports.count(), count);
}

TEST(Faults, AFullQueueIsBackPressureAndBlocksNobody) {
  Bridge bridge({"t"}, ProducerOptions{.max_queued_records = 100});
  ASSERT_TRUE(bridge.ready());
  ASSERT_TRUE(bridge.open_partition());
  const Record record = make_record(0, "k", "v");
  bridge.broker->set_down();
  ASSERT_TRUE(eventually([&] { return !bridge.producer->state().up; }));
  const auto begin = std::chrono::steady_clock::now();
  // As many as are sent, and as many again that wait to be.
  std::uint64_t taken = 0;
  ASSERT_TRUE(eventually([&] {
    while (taken < 1000 && bridge.producer->publish(record, taken, Batching::together) == Refusal::none) ++taken;
    return taken >= 200;
  }));
  for (int i = 0; i < 100; ++i) {
    const Refusal refusal = bridge.producer->publish(record, taken, Batching::together);
    ASSERT_THAT(refusal, testing::AnyOf(Refusal::none, Refusal::queue_full));
    if (refusal == Refusal::none) ++taken;
  }
  EXPECT_LT(taken, 300U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(bridge.reports.count(), 1U) << "no report of what was refused, none early of what was taken";

  bridge.broker->set_up();
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  EXPECT_EQ(bridge.reports.count(), taken + 1);
  for (std::uint64_t i = 0; i < taken; ++i) EXPECT_EQ(bridge.reports.of(i).refusal, Refusal::none) << i;
}

TEST(Faults, AQueueFullOfBytesIsBackPressureToo) {
  Bridge bridge({"t"}, ProducerOptions{.max_queued_bytes = 1 << 20});
  ASSERT_TRUE(bridge.ready());
  ASSERT_TRUE(bridge.open_partition());
  bridge.broker->set_down();
  const Record record = make_record(0, "k", std::string(100'000, 'x'));
  std::uint64_t taken = 0;
  ASSERT_TRUE(eventually([&] {
    while (taken < 1000 && bridge.producer->publish(record, taken, Batching::together) == Refusal::none) ++taken;
    return taken >= 20;
  }));
  for (int i = 0; i < 100; ++i) {
    if (bridge.producer->publish(record, taken, Batching::together) == Refusal::none) ++taken;
  }
  EXPECT_LT(taken, 30U);
}

TEST(Faults, ALongRoundTripMakesNoReportEarly) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  const Record first = make_record(0, "k", "first");  // so that no other request is still under way
  ASSERT_EQ(bridge.publish(first, 0), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  bridge.broker->set_round_trip(seconds(3));
  const Record record = make_record(0, "k", "v");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(bridge.producer->publish(record, 1, Batching::together), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(2));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(2900));
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::none);
}

TEST(Faults, ABrokerThatGoesAndComesBackIsSeenAndLosesNothing) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  const Record record = make_record(0, "k", "v");
  for (std::uint64_t turn = 0; turn < 2; ++turn) {
    bridge.broker->set_down();
    ASSERT_TRUE(eventually([&] { return !bridge.producer->state().up; }));
    EXPECT_NE(bridge.producer->state().last_error, "");
    ASSERT_EQ(bridge.producer->publish(record, turn, Batching::together), Refusal::none);
    bridge.broker->set_up();
    ASSERT_TRUE(bridge.reports.wait_for(turn + 1));
    EXPECT_EQ(bridge.reports.of(turn).refusal, Refusal::none);
    EXPECT_TRUE(bridge.producer->state().up);
    EXPECT_EQ(bridge.producer->state().last_error, "");
  }
  EXPECT_THAT(bridge.kept_log.text(), testing::HasSubstr("can't be reached"));
}

TEST(Faults, ABrokerThatComesBackIsSeenWithoutAnythingToPublish) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->set_down();
  ASSERT_TRUE(eventually([&] { return !bridge.producer->state().up; }));
  bridge.broker->set_up();
  EXPECT_TRUE(eventually([&] { return bridge.producer->state().up; }));
}

TEST(Faults, AProducerThatStartsBeforeItsBrokerFindsIt) {
  const auto broker = start_broker({"t"});
  broker->set_down();
  KeptLog kept_log;
  CollectedReports reports;
  const ProducerOptions options{.bootstrap_servers = broker->bootstrap_servers()};
  const auto producer = Producer::create(options, {"t"}, reports, kept_log.log).value();
  const Record record = make_record(0, "k", "v");
  ASSERT_EQ(producer->publish(record, 1, Batching::together), Refusal::none);
  ASSERT_TRUE(eventually([&] { return !producer->state().last_error.empty(); }));
  EXPECT_FALSE(producer->state().up);
  EXPECT_EQ(producer->state().unknown_topics, 1U);
  broker->set_up();
  ASSERT_TRUE(reports.wait_for(1));
  EXPECT_EQ(reports.of(1).refusal, Refusal::none);
  EXPECT_TRUE(eventually([&] { return producer->state().up && producer->state().unknown_topics == 0; }));
}

TEST(Faults, ATopicWithoutALeaderDoesNotHoldUpTheOthers) {
  if (!EmbeddedBroker::survives_a_missing_leader()) GTEST_SKIP() << "SKIP: the mock broker of this librdkafka crashes";
  Bridge bridge({"sick", "well"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->take_leader_away("sick", 3);
  const Record sick = make_record(0, "k", "v");
  const Record well = make_record(1, "k", "v");
  ASSERT_EQ(bridge.producer->publish(sick, 0, Batching::together), Refusal::none);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_EQ(bridge.producer->publish(well, i, Batching::together), Refusal::none);
    ASSERT_TRUE(bridge.reports.wait_for(i));
    EXPECT_EQ(bridge.reports.of(i).refusal, Refusal::none);
  }
  EXPECT_EQ(bridge.reports.of(0).refusal, Refusal::queue_full) << "not reported";
  bridge.broker->give_leader_back("sick", 3);
  ASSERT_TRUE(bridge.reports.wait_for(21));
  EXPECT_EQ(bridge.reports.of(0).refusal, Refusal::none);
}

TEST(Faults, ManyThreadsPublishWhileTheBrokerFlaps) {
  constexpr std::uint64_t each = 500;
  Bridge bridge({"t", "u"});
  ASSERT_TRUE(bridge.ready());
  std::vector<std::vector<Record>> records(4);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    for (std::uint64_t i = 0; i < each; ++i) records[t].push_back(make_record(t % 2, cat(i), "v"));
    threads.emplace_back([&, t] {
      const auto batching = t == 3 ? Batching::alone : Batching::together;
      for (std::uint64_t i = 0; i < each; ++i) {
        EXPECT_EQ(bridge.publish(records[t][i], t * each + i, batching), Refusal::none);
        (void)bridge.producer->state();
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    bridge.broker->set_down();
    EXPECT_TRUE(eventually([&] { return !bridge.producer->state().up; }));
    bridge.broker->set_up();
    EXPECT_TRUE(eventually([&] { return bridge.producer->state().up; }));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  const auto times = bridge.reports.times();
  EXPECT_EQ(times.size(), 4 * each);
  for (const auto& [cookie, n] : times) EXPECT_EQ(n, 1U) << cookie;
}

}  // namespace
}  // namespace hookferry::kafka
