// Looking at what is needed of Kafka. What the embedded broker lacks (rights, admin calls, a look at `acks`) is tested
// with a real one: tests/integration/test_kafka_check.py.
#include "kafka/inspection.h"

#include <gmock/gmock.h>

#include "kafka/consumer.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using testing::HasSubstr;

const TopicOptions embedded{.admin_calls = false};

TEST(Inspection, SeesTopicsAndThatTheyMayBeRead) {
  const auto broker = start_broker({"events", "quarantine"}, 3);
  const ProducerOptions kafka{.bootstrap_servers = broker->bootstrap_servers()};
  const auto found = inspect(kafka, embedded, {{"events", false, true}, {"quarantine", true, false}}, generous).value();
  ASSERT_EQ(found.size(), 2U);
  for (const InspectedTopic& topic : found) {
    EXPECT_EQ(topic.state.kind, TopicState::Kind::present);
    EXPECT_EQ(topic.state.partitions, 3);
  }
  EXPECT_EQ(found[0].read, Right::granted);
  EXPECT_EQ(found[1].read, Right::unknown) << "it was not asked for";
}

TEST(Inspection, WritesNothingThatABrokerMightTakeToATopicOfEvents) {
  // This one takes a record whatever its acks.
  const auto broker = start_broker({"events", "quarantine"}, 1);
  const ProducerOptions kafka{.bootstrap_servers = broker->bootstrap_servers()};
  const auto found =
      inspect(kafka, embedded, {{"events", false, false}, {"quarantine", true, false}}, generous).value();
  EXPECT_EQ(found[0].write, Right::unknown);
  EXPECT_EQ(found[1].write, Right::granted);
  const auto reader = Consumer::open(kafka, {"events"}, Consumer::From::beginning, generous).value();
  EXPECT_FALSE(reader->next(milliseconds(300)));
}

TEST(Inspection, SaysWhyKafkaIsNotReached) {
  const auto broker = start_broker({});
  broker->set_down();
  const ProducerOptions kafka{.bootstrap_servers = broker->bootstrap_servers()};
  const auto found = inspect(kafka, embedded, {{"events", false, true}}, milliseconds(300));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("Kafka at 127.0.0.1:"));
  EXPECT_THAT(found.error().message, HasSubstr("can't be reached"));
}

}  // namespace
}  // namespace hookferry::kafka
