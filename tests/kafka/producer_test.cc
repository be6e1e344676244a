#include "kafka/producer.h"

#include <gmock/gmock.h>

#include <set>

#include "base/text.h"
#include "kafka/consumer.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using Batching = Publisher::Batching;

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

std::unique_ptr<Consumer> read(const Bridge& bridge, Consumer::From from = Consumer::From::beginning) {
  return Consumer::open(bridge.options, bridge.topics, from, generous).value();
}

TEST(Producer, WhatItPublishesIsReadBackByteForByte) {
  Bridge bridge({"t.one", "t.two"});
  Record record = make_record(1, all_bytes(), all_bytes() + all_bytes());
  ASSERT_TRUE(record.append_header("content-type", "application/cloudevents+json; charset=UTF-8"));
  ASSERT_TRUE(record.append_header("binary", all_bytes()));
  ASSERT_TRUE(record.append_header("empty", ""));
  ASSERT_TRUE(record.append_header("binary", "the name again"));
  ASSERT_EQ(bridge.publish(record, 7), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  const DeliveryReport report = bridge.reports.of(7);
  EXPECT_EQ(report.refusal, Refusal::none);

  const auto consumed = read(bridge)->next(generous);
  ASSERT_TRUE(consumed);
  EXPECT_EQ(consumed->topic, "t.two");
  EXPECT_EQ(consumed->partition, report.partition);
  EXPECT_EQ(consumed->offset, report.offset);
  EXPECT_EQ(consumed->key, all_bytes());
  EXPECT_EQ(consumed->value, all_bytes() + all_bytes());
  EXPECT_THAT(consumed->headers,
              testing::ElementsAre(testing::Pair("content-type", "application/cloudevents+json; charset=UTF-8"),
                                   testing::Pair("binary", all_bytes()), testing::Pair("empty", ""),
                                   testing::Pair("binary", "the name again")));
}

TEST(Producer, TakesARecordWithoutHeadersAndWithTheLargestCookie) {
  Bridge bridge({"t"});
  const Record record = make_record(0, "k", "");
  ASSERT_EQ(bridge.publish(record, ~std::uint64_t{0}), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  EXPECT_EQ(bridge.reports.of(~std::uint64_t{0}).refusal, Refusal::none);
  const auto consumed = read(bridge)->next(generous);
  ASSERT_TRUE(consumed);
  EXPECT_EQ(consumed->value, "");
  EXPECT_TRUE(consumed->headers.empty());
}

TEST(Producer, PartitionsAsTheJavaClientDoes) {
  // Utils.toPositive(Utils.murmur2(key)) % 6; the hashes are those of Kafka's own UtilsTest.testMurmur2.
  const std::map<std::string, std::int32_t> hashes{{"21", -973932308},
                                                   {"foobar", -790332482},
                                                   {"a-little-bit-long-string", -985981536},
                                                   {"a-little-bit-longer-string", -1486304829},
                                                   {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
                                                   {"abc", 479470107}};
  Bridge bridge({"t"});
  bridge.broker->create_topic("six", 6, 1);
  CollectedReports reports;
  const auto producer = Producer::create(bridge.options, {"six"}, reports, bridge.kept_log.log).value();
  std::vector<Record> records;
  for (const auto& [key, hash] : hashes) records.push_back(make_record(0, key, "v"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    // Twice: the same key goes to the same partition.
    ASSERT_EQ(producer->publish(records[i], 2 * i, Batching::together), Refusal::none);
    ASSERT_EQ(producer->publish(records[i], 2 * i + 1, Batching::together), Refusal::none);
  }
  ASSERT_TRUE(reports.wait_for(2 * records.size()));
  std::size_t i = 0;
  for (const auto& [key, hash] : hashes) {
    const std::int32_t partition = (hash & 0x7fffffff) % 6;
    EXPECT_EQ(reports.of(2 * i).partition, partition) << key;
    EXPECT_EQ(reports.of(2 * i + 1).partition, partition) << key;
    ++i;
  }
}

TEST(Producer, ReportsEachRecordOnceAndInOrderOfAcceptance) {
  constexpr std::uint64_t count = 5000;
  Bridge bridge({"t"});
  std::vector<Record> records;
  for (std::uint64_t i = 0; i < count; ++i) records.push_back(make_record(0, "one key", cat(i)));
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(bridge.producer->publish(records[i], i, Batching::together), Refusal::none) << i;
  }
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  EXPECT_EQ(bridge.reports.count(), count) << "a flush ends after the last report, not before";
  bridge.producer.reset();
  EXPECT_EQ(bridge.reports.count(), count);
  const auto times = bridge.reports.times();
  EXPECT_EQ(times.size(), count);
  for (const auto& [cookie, n] : times) EXPECT_EQ(n, 1U) << cookie;
  EXPECT_EQ(bridge.reports.threads(), 1U);

  const auto consumer = read(bridge);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto consumed = consumer->next(generous);
    ASSERT_TRUE(consumed) << i;
    ASSERT_EQ(consumed->value, cat(i));
  }
  EXPECT_FALSE(consumer->next(milliseconds(0)));
}

TEST(Producer, TheFirstRecordAfterAColdStartIsAboutAsFastAsTheNext) {
  Bridge bridge({"a", "b", "c"});
  ASSERT_TRUE(bridge.ready());
  for (const TopicId topic : {TopicId{0}, TopicId{2}, TopicId{1}}) {
    const Record record = make_record(topic, "k", "v");
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(bridge.producer->publish(record, topic, Batching::together), Refusal::none);
    ASSERT_TRUE(bridge.reports.wait_for(bridge.reports.count() + (topic == 0 ? 1 : 0)));
    ASSERT_TRUE(eventually([&] { return bridge.reports.of(topic).refusal == Refusal::none; }));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(250)) << "topic " << topic;
  }
}

TEST(Producer, IsReadySoonAfterItsStart) {
  Bridge bridge({"a", "b"});
  EXPECT_TRUE(eventually([&] { return bridge.producer->state().up; }));
  EXPECT_TRUE(bridge.ready());
  // Statistics come every two seconds.
  ASSERT_TRUE(eventually([&] { return !bridge.producer->state().brokers.empty(); }));
  const ProducerState state = bridge.producer->state();
  EXPECT_EQ(state.brokers.front().id, 1);
  EXPECT_THAT(state.brokers.front().name, testing::StartsWith("1 127.0.0.1:"));
  EXPECT_FALSE(state.fatal);
  EXPECT_EQ(state.last_error, "");
}

TEST(Producer, ARecordSentAloneIsNotRefusedWithALargeOne) {
  Bridge bridge({"t"}, ProducerOptions{.linger = milliseconds(5)});
  ASSERT_TRUE(bridge.ready());
  // The first wish for it makes the second client: a record goes through it.
  const Record first = make_record(0, "k", "first");
  ASSERT_EQ(bridge.publish(first, 0, Batching::alone), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));

  // Together: one request, and the refusal is everybody's.
  const std::vector<Record> records{make_record(0, "k", "a"), make_record(0, "k", "b"), make_record(0, "k", "c")};
  bridge.broker->fail_next_produce(EmbeddedBroker::Fault::produce_too_large, 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(bridge.producer->publish(records[i], 10 + i, Batching::together), Refusal::none);
  }
  ASSERT_TRUE(bridge.reports.wait_for(4));
  std::size_t refused_together = 0;
  for (std::size_t i = 0; i < 3; ++i)
    refused_together += bridge.reports.of(10 + i).refusal == Refusal::record_too_large;
  EXPECT_GE(refused_together, 1U);

  // Alone: the refusal is the first one's.
  bridge.broker->fail_next_produce(EmbeddedBroker::Fault::produce_too_large, 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(bridge.producer->publish(records[i], 20 + i, Batching::alone), Refusal::none);
  }
  ASSERT_TRUE(bridge.reports.wait_for(7));
  EXPECT_EQ(bridge.reports.of(20).refusal, Refusal::record_too_large);
  EXPECT_EQ(bridge.reports.of(21).refusal, Refusal::none);
  EXPECT_EQ(bridge.reports.of(22).refusal, Refusal::none);
  EXPECT_EQ(bridge.reports.threads(), 1U) << "both clients report on the same thread";
}

TEST(Producer, RefusesTheFirstRecordThatIsToBeSentAloneUntilItCan) {
  Bridge bridge({"t"});
  const Record record = make_record(0, "k", "v");
  EXPECT_EQ(bridge.producer->publish(record, 1, Batching::alone), Refusal::transient);
  EXPECT_EQ(bridge.publish(record, 1, Batching::alone), Refusal::none);
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::none);
}

TEST(Producer, DestructionDoesNotWaitForWhatIsUnreported) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  bridge.broker->set_down();
  const Record record = make_record(0, "k", "v");
  ASSERT_EQ(bridge.producer->publish(record, 1, Batching::together), Refusal::none);
  EXPECT_EQ(bridge.producer->flush(milliseconds(50)), 1U);
  const auto begin = std::chrono::steady_clock::now();
  bridge.producer.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  EXPECT_EQ(bridge.reports.count(), 0U);
}

TEST(Producer, CreationSaysWhatIsWrongWithTheConfigurationButNoSecret) {
  KeptLog kept_log;
  CollectedReports reports;
  const ProducerOptions options{.bootstrap_servers = "127.0.0.1:1",
                                .properties = {{"security.protocol", "sasl_plaintext"},
                                               {"sasl.mechanism", "SCRAM-SHA-256"},
                                               {"sasl.password", "hunter2"},
                                               {"sasl.oauthbearer.method", "hunter2"}}};
  const auto made = Producer::create(options, {"t"}, reports, kept_log.log);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::HasSubstr("sasl.oauthbearer.method"));
  EXPECT_THAT(made.error().message, testing::Not(testing::HasSubstr("hunter2")));
  EXPECT_THAT(kept_log.text(), testing::Not(testing::HasSubstr("hunter2")));

  const auto nameless = Producer::create(ProducerOptions{.bootstrap_servers = "127.0.0.1:1"}, {std::string(600, 'x')},
                                         reports, kept_log.log);
  ASSERT_FALSE(nameless);
  EXPECT_THAT(nameless.error().message, testing::HasSubstr("can't be the name of a Kafka topic"));
}

TEST(Consumer, FromTheEndReadsWhatIsPublishedAfterItWasOpened) {
  Bridge bridge({"t"});
  const Record before = make_record(0, "k", "before");
  ASSERT_EQ(bridge.publish(before, 1), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  const auto consumer = read(bridge, Consumer::From::end);
  const Record after = make_record(0, "k", "after");
  ASSERT_EQ(bridge.publish(after, 2), Refusal::none);
  const auto consumed = consumer->next(generous);
  ASSERT_TRUE(consumed);
  EXPECT_EQ(consumed->value, "after");
}

TEST(Consumer, GivesUpWithAReasonWhereKafkaIsAway) {
  const auto broker = start_broker({});
  const ProducerOptions options{.bootstrap_servers = broker->bootstrap_servers()};
  broker->set_down();
  const auto opened = Consumer::open(options, {"t"}, Consumer::From::beginning, milliseconds(300));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("topic t can't be read"));
  EXPECT_THAT(opened.error().message, testing::HasSubstr("kafka.bootstrap_servers"));
}

TEST(Producer, ThatIsRetiredEndsWhatItHasAndTakesNoMore) {
  Bridge bridge({"t"});
  ASSERT_TRUE(bridge.ready());
  const Record record = make_record(0, "k", "v");
  ASSERT_EQ(bridge.publish(record, 1), Refusal::none);
  bridge.producer->retire();
  EXPECT_EQ(bridge.producer->publish(record, 2, Publisher::Batching::together), Refusal::queue_full);
  EXPECT_EQ(bridge.producer->publish(record, 2, Publisher::Batching::alone), Refusal::queue_full);
  EXPECT_EQ(bridge.producer->flush(generous), 0U);
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::none);
  EXPECT_FALSE(bridge.producer->state().fatal);
}

}  // namespace
}  // namespace hookferry::kafka
