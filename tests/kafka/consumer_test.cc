// Following topics, as `tail` does. What the mock broker lacks (records by time, new partitions) is tested against a
// real one: tests/integration/test_tools.py.
#include "kafka/consumer.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void publish(Bridge& bridge, const std::string& value, std::uint64_t cookie) {
  const Record record = make_record(0, "k", value);
  ASSERT_EQ(bridge.publish(record, cookie), Refusal::none);
  ASSERT_TRUE(bridge.reports.wait_for(cookie));
}

TEST(Following, ReadsFromTheEndOrTheBeginning) {
  Bridge bridge({"t", "u"});
  publish(bridge, "before", 1);
  const auto from_end = Consumer::follow(bridge.options, bridge.topics, {.patience = generous}).value();
  const auto from_beginning =
      Consumer::follow(bridge.options, bridge.topics, {.from = Consumer::From::beginning, .patience = generous})
          .value();
  publish(bridge, "after", 2);
  EXPECT_EQ(from_end->next(generous)->value, "after");
  EXPECT_EQ(from_beginning->next(generous)->value, "before");
  EXPECT_EQ(from_beginning->next(generous)->value, "after");
  EXPECT_THAT(from_end->take_problems(), IsEmpty());
}

TEST(Following, FindsNothingByTimeWhereTheBrokerKnowsNoTimesAndReadsFromTheEnd) {
  Bridge bridge({"t"});
  publish(bridge, "before", 1);
  const auto consumer =
      Consumer::follow(bridge.options, bridge.topics,
                       {.from = Consumer::From::time, .time = std::chrono::system_clock::now(), .patience = generous})
          .value();
  publish(bridge, "after", 2);
  EXPECT_EQ(consumer->next(generous)->value, "after");
}

TEST(Following, TellsThatKafkaIsAwayAndGoesOnWhenItIsBack) {
  Bridge bridge({"t"});
  const auto consumer =
      Consumer::follow(bridge.options, bridge.topics, {.patience = generous, .look_again = milliseconds(1)}).value();
  bridge.broker->set_down();
  std::vector<std::string> problems;
  ASSERT_TRUE(eventually([&] {
    EXPECT_FALSE(consumer->next(milliseconds(1)));
    for (std::string& problem : consumer->take_problems()) problems.push_back(std::move(problem));
    return !problems.empty();
  }));
  EXPECT_THAT(problems, ElementsAre(HasSubstr("Kafka can't be reached")));
  EXPECT_FALSE(consumer->next(milliseconds(10)));
  EXPECT_THAT(consumer->take_problems(), IsEmpty()) << "told once";
  bridge.broker->set_up();
  publish(bridge, "after", 1);
  EXPECT_EQ(consumer->next(generous)->value, "after");
}

TEST(Following, GivesUpWithAReasonWhereKafkaIsAwayAtTheStart) {
  const auto broker = start_broker({});
  const ProducerOptions options{.bootstrap_servers = broker->bootstrap_servers()};
  broker->set_down();
  const auto opened = Consumer::follow(options, {"t"}, {.patience = milliseconds(300)});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr(cat("Kafka can't be reached at ", broker->bootstrap_servers())));
}

TEST(Following, RefusesAnImpossibleName) {
  const auto broker = start_broker({});
  const ProducerOptions options{.bootstrap_servers = broker->bootstrap_servers()};
  const auto opened = Consumer::follow(options, {std::string(600, 'x')}, {.patience = generous});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("can't be the name of a Kafka topic"));
}

}  // namespace
}  // namespace hookferry::kafka
