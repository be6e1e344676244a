// Topics that come, go and come back while the clients run.
#include <gmock/gmock.h>

#include "kafka/topics.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using Kind = TopicState::Kind;

TEST(ProducerTopics, ANewOneIsLearnedAndTakesRecordsOfBothKinds) {
  Bridge bridge({"a"});
  ASSERT_TRUE(bridge.ready());
  const Record first = make_record(0, "k", "v");
  ASSERT_EQ(bridge.publish(first, 1, Publisher::Batching::alone), Refusal::none);  // the second client is there now
  EXPECT_FALSE(bridge.producer->knows(1)) << "there is no such topic yet";

  bridge.broker->create_topic("b", 3, 1);
  ASSERT_TRUE(bridge.producer->set_topics(TopicSet::all_used({"a", "b"})));
  ASSERT_TRUE(eventually([&] { return bridge.producer->knows(1); }));
  EXPECT_TRUE(bridge.producer->knows(0));
  const Record second = make_record(1, "k", "v");
  ASSERT_EQ(bridge.publish(second, 2), Refusal::none);
  ASSERT_EQ(bridge.publish(second, 3, Publisher::Batching::alone), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(3));
  for (const std::uint64_t cookie : {1, 2, 3}) EXPECT_EQ(bridge.reports.of(cookie).refusal, Refusal::none) << cookie;
}

TEST(ProducerTopics, TheSecondClientGetsWhatCameBeforeIt) {
  Bridge bridge({"a"});
  bridge.broker->create_topic("b", 3, 1);
  ASSERT_TRUE(bridge.producer->set_topics(TopicSet::all_used({"a", "b"})));
  bridge.producer->set_credentials({"name", "password"});  // of no use here, but for that it does no harm
  const Record record = make_record(1, "k", "v");
  ASSERT_EQ(bridge.publish(record, 1, Publisher::Batching::alone), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(1));
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::none);
}

TEST(ProducerTopics, OneThatIsUsedNoMoreIsNotMissedAndIsLearnedAgainWhenItIs) {
  Bridge bridge({"a", "b"});
  ASSERT_TRUE(bridge.ready());
  ASSERT_TRUE(bridge.producer->set_topics({{"a", "b"}, {true, false}}));
  EXPECT_EQ(bridge.producer->state().unknown_topics, 0u);
  const Record record = make_record(1, "k", "v");
  ASSERT_EQ(bridge.publish(record, 1), Refusal::none) << "what is under way still goes there";
  ASSERT_TRUE(bridge.reports.wait_for(1));
  EXPECT_EQ(bridge.reports.of(1).refusal, Refusal::none);

  bridge.broker->set_round_trip(milliseconds(500));
  ASSERT_TRUE(bridge.producer->set_topics(TopicSet::all_used({"a", "b"})));
  EXPECT_FALSE(bridge.producer->knows(1)) << "it may have gone meanwhile";
  EXPECT_TRUE(bridge.producer->knows(0));
  bridge.broker->set_round_trip(milliseconds(0));
  EXPECT_TRUE(eventually([&] { return bridge.producer->knows(1); }));
}

TEST(ProducerTopics, OneWhoseNameIsNoneIsSaid) {
  Bridge bridge({"a"});
  const auto set = bridge.producer->set_topics(TopicSet::all_used({"a", std::string(600, 'x')}));
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().message, testing::HasSubstr("can't be the name of a Kafka topic"));
}

TEST(KeeperTopics, ComeGoAndComeBack) {
  const auto broker = start_broker({"a"});
  KeptLog kept_log;
  const ProducerOptions kafka{.bootstrap_servers = broker->bootstrap_servers()};
  const auto keeper = TopicKeeper::start(kafka, TopicOptions{.admin_calls = false}, {"a"}, kept_log.log).value();
  ASSERT_TRUE(eventually([&] { return keeper->state(0).kind == Kind::present; }));

  keeper->set_topics(TopicSet::all_used({"a", "b"}));
  EXPECT_TRUE(keeper->asked()) << "what is new does not make it as if it had just begun";
  EXPECT_EQ(keeper->max_message_bytes(1), 1000000u);
  ASSERT_TRUE(eventually([&] { return keeper->state(1).kind == Kind::present; }));

  keeper->set_topics({{"a", "b", "c"}, {true, false, true}});
  ASSERT_TRUE(eventually([&] { return keeper->state(2).kind == Kind::present; }));
  broker->set_down();
  keeper->set_topics(TopicSet::all_used({"a", "b", "c"}));
  EXPECT_EQ(keeper->state(1).kind, Kind::unasked) << "it may have gone meanwhile";
  EXPECT_EQ(keeper->state(0).kind, Kind::present);
  broker->set_up();
  keeper->set_credentials({"name", "password"});
  EXPECT_TRUE(eventually([&] { return keeper->state(1).kind == Kind::present; }));
}

TEST(KeeperTopics, OneThatIsUsedNoMoreIsNotMadeAgain) {
  const auto broker = start_broker({"a"});
  KeptLog kept_log;
  const ProducerOptions kafka{.bootstrap_servers = broker->bootstrap_servers()};
  const auto keeper = TopicKeeper::start(kafka, TopicOptions{.admin_calls = false}, {"a"}, kept_log.log).value();
  ASSERT_TRUE(eventually([&] { return keeper->asked(); }));
  keeper->set_topics({{"a", "unused", "used"}, {true, false, true}});
  ASSERT_TRUE(eventually([&] { return keeper->state(2).kind == Kind::present; }));
  EXPECT_EQ(keeper->state(1).kind, Kind::unasked) << "the embedded broker makes what it is asked for";
}

}  // namespace
}  // namespace hookferry::kafka
