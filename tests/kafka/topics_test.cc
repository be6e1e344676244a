#include "kafka/topics.h"

#include <gmock/gmock.h>

#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using testing::HasSubstr;
using Kind = TopicState::Kind;

const TopicOptions embedded{.admin_calls = false};

std::unique_ptr<TopicKeeper> keep(const EmbeddedBroker& broker, const std::vector<std::string>& topics, Log& log,
                                  const TopicOptions& options = embedded) {
  const ProducerOptions kafka{.bootstrap_servers = broker.bootstrap_servers()};
  return TopicKeeper::start(kafka, options, topics, log).value();
}

TEST(TopicKeeper, HasTheEmbeddedBrokerMakeWhatIsMissing) {
  const auto broker = start_broker({"there"}, 6);
  KeptLog kept_log;
  const auto keeper = keep(*broker, {"there", "new"}, kept_log.log);
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  ASSERT_TRUE(eventually([&] { return keeper->state(1).kind == Kind::present; }));
  EXPECT_EQ(keeper->state(0).kind, Kind::present);
  EXPECT_EQ(keeper->state(0).partitions, 6);
  EXPECT_EQ(keeper->state(0).replication_factor, 1);
  EXPECT_GT(keeper->state(1).partitions, 0);
  for (const TopicId topic : {TopicId{0}, TopicId{1}}) {
    EXPECT_EQ(keeper->state(topic).problem, "");
    EXPECT_EQ(keeper->max_message_bytes(topic), 1000000U);
    EXPECT_FALSE(keeper->state(topic).max_message_bytes_known);
    EXPECT_EQ(keeper->state(topic).min_insync_replicas, 0);
  }
}

TEST(TopicKeeper, SaysWhereKafkaIsAwayAndHealsWhenItAppears) {
  // The embedded broker has its port from the beginning and, while it is down, refuses connections.
  const auto broker = start_broker({"t"});
  broker->set_down();
  KeptLog kept_log;
  const auto keeper = keep(*broker, {"t"}, kept_log.log);
  ASSERT_TRUE(eventually([&] { return !keeper->state(0).problem.empty(); }));
  EXPECT_EQ(keeper->state(0).kind, Kind::unasked);
  EXPECT_FALSE(keeper->asked());
  EXPECT_THAT(keeper->state(0).problem, HasSubstr("Kafka at 127.0.0.1:"));
  EXPECT_THAT(keeper->state(0).problem, HasSubstr("kafka.bootstrap_servers"));
  EXPECT_TRUE(eventually([&] { return kept_log.text().find("can't be reached") != std::string::npos; }));
  broker->set_up();
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  EXPECT_EQ(keeper->state(0).kind, Kind::present);
  EXPECT_EQ(keeper->state(0).problem, "");
  EXPECT_THAT(kept_log.text(), HasSubstr("answers again"));
}

TEST(TopicKeeper, AsksAgainWhenToldTo) {
  const auto broker = start_broker({"t"}, 1);
  KeptLog kept_log;
  const auto keeper = keep(*broker, {"t"}, kept_log.log);
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  ASSERT_EQ(keeper->state(0).problem, "");
  // Settled: by itself it would ask again in a minute.
  broker->set_down();
  keeper->ask_again();
  EXPECT_TRUE(eventually([&] { return kept_log.text().find("can't be reached") != std::string::npos; }));
  EXPECT_EQ(keeper->state(0).kind, Kind::present) << "what was known stays known";
}

TEST(TopicKeeper, ABrokerWithoutAdminCallsIsAProblemThatSaysSo) {
  const auto broker = start_broker({"t"}, 2);
  KeptLog kept_log;
  const auto keeper = keep(*broker, {"t"}, kept_log.log, TopicOptions{});
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  const TopicState state = keeper->state(0);
  EXPECT_EQ(state.kind, Kind::present);
  EXPECT_EQ(state.partitions, 2);
  EXPECT_THAT(state.problem, HasSubstr("the settings of topic t can't be read"));
  EXPECT_THAT(state.problem, HasSubstr("1000000"));
  EXPECT_EQ(keeper->max_message_bytes(0), 1000000U);
}

TEST(TopicKeeper, EndsSoonWhileKafkaIsAway) {
  const auto broker = start_broker({});
  broker->set_down();
  KeptLog kept_log;
  auto keeper = keep(*broker, {"a", "b", "c"}, kept_log.log);
  ASSERT_TRUE(eventually([&] { return !keeper->state(2).problem.empty(); }));
  const auto begin = std::chrono::steady_clock::now();
  keeper.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
}

TEST(TopicKeeper, GoesOnByAnotherClient) {
  const auto before = start_broker({"t"}, 1);
  const auto after = start_broker({"t"}, 2);
  KeptLog kept_log;
  const auto keeper = keep(*before, {"t"}, kept_log.log);
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  EXPECT_EQ(keeper->state(0).partitions, 1);
  ASSERT_TRUE(keeper->reconnect({.bootstrap_servers = after->bootstrap_servers()}));
  EXPECT_TRUE(keeper->asked()) << "what was known stays known";
  EXPECT_TRUE(eventually([&] { return keeper->state(0).partitions == 2; }));
}

}  // namespace
}  // namespace hookferry::kafka
