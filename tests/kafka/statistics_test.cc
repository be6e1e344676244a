#include "kafka/statistics.h"

#include <gtest/gtest.h>

#include <string>

namespace hookferry::kafka {
namespace {

// As rd_kafka_stats_emit_all of librdkafka 2.0.2 writes it, shortened.
const std::string sample = R"({ "name": "hookferry#producer-1", "client_id": "hookferry", "msg_cnt":0, "simple_cnt":0,
"brokers":{ "localhost:9092/bootstrap": { "name":"localhost:9092/bootstrap", "nodeid":-1, "nodename":"localhost:9092",
"source":"configured", "state":"INIT", "txretries":2, "rtt": { "min":0, "max":0, "avg":0 }, "req": { "Fetch": 0 },
"toppars":{ } } , "k2:9092/2": { "name":"k2:9092/2", "nodeid":2, "nodename":"k2:9092", "source":"learned",
"state":"UP", "txretries":3, "txidle":-1, "rtt": { "min":100, "max":300, "avg":1500, "p99": 300 },
"toppars":{ "t-0": { "topic":"t", "partition":0} } } , "k1:9092/1": { "name":"k1:9092/1", "nodeid":1,
"nodename":"k1:9092", "source":"learned", "state":"DOWN", "txretries":0, "rtt": { "avg":0 } } ,
"GroupCoordinator": { "nodeid":2, "nodename":"k2:9092", "source":"logical", "state":"INIT" } },
"topics":{ this part is not read)";

TEST(Statistics, HaveTheBrokersThatKafkaNamedById) {
  const auto statistics = read_statistics(sample);
  ASSERT_TRUE(statistics);
  ASSERT_EQ(statistics->brokers.size(), 2U);
  EXPECT_EQ(statistics->brokers[0].id, 1);
  EXPECT_EQ(statistics->brokers[0].name, "1 k1:9092");
  EXPECT_FALSE(statistics->brokers[0].up);
  EXPECT_EQ(statistics->brokers[1].name, "2 k2:9092");
  EXPECT_TRUE(statistics->brokers[1].up);
  EXPECT_DOUBLE_EQ(statistics->brokers[1].rtt_seconds, 0.0015);
  EXPECT_TRUE(statistics->connected);
  EXPECT_EQ(statistics->retries, 5U);
}

TEST(Statistics, AreConnectedOnlyWithABrokerThatIsUp) {
  const auto none = read_statistics(R"({"brokers":{}})");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->connected);
  const auto connecting = read_statistics(R"({"brokers":{"a":{"nodeid":1,"nodename":"a","state":"CONNECT"}}})");
  ASSERT_TRUE(connecting);
  EXPECT_FALSE(connecting->connected);
  const auto bootstrap = read_statistics(R"({"brokers":{"a":{"nodeid":-1,"nodename":"a","state":"UP"}}})");
  ASSERT_TRUE(bootstrap);
  EXPECT_TRUE(bootstrap->connected);
  EXPECT_TRUE(bootstrap->brokers.empty());
}

TEST(Statistics, EveryCutTextIsRefusedRatherThanRead) {
  const std::string whole = sample.substr(0, sample.find(",\n\"topics\""));
  ASSERT_TRUE(read_statistics(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_statistics(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(read_statistics("[]"));
  EXPECT_FALSE(read_statistics("{}"));
  EXPECT_FALSE(read_statistics(R"({"brokers":{"a":"b\)"));
}

}  // namespace
}  // namespace hookferry::kafka
