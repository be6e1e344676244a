#include "app/plan.h"

#include <gtest/gtest.h>

namespace hookferry::app {
namespace {

config::Source source(std::string name, std::string preset) {
  config::Source out;
  out.name = std::move(name);
  out.preset = std::move(preset);
  out.path = "/webhooks/" + out.name;
  out.secrets.push_back({"env S", "a secret that is long enough"});
  return out;
}

TEST(PlanTest, GivesEveryEventItsTopic) {
  pipeline::Catalog catalog;
  config::Config config;
  config.sources = {source("studio", "glossi"), source("qa", "meshqa")};
  config.sources[1].events = {"validation.started"};
  const auto plan = make_plan(config, catalog);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->routes.size(), 2u);
  const pipeline::SourceRoute& studio = plan->routes[0];
  EXPECT_EQ(plan->topics[studio.events[studio.source->find_event("job.complete")].topic], "studio.job.complete");
  EXPECT_EQ(plan->topics[studio.quarantine], "studio-quarantine");
  const pipeline::SourceRoute& qa = plan->routes[1];
  EXPECT_EQ(plan->topics[qa.events[qa.source->find_event("validation.started")].topic], "qa.validation.started");
  EXPECT_EQ(plan->topics.size(), 7u + 1 + 2 + 1);
}

TEST(PlanTest, EachSourceHasItsOwnAllowList) {
  pipeline::Catalog catalog;
  config::Config config;
  config.sources = {source("studio", "glossi"), source("qa", "meshqa")};
  config.sources[1].allow = {Network::parse("192.0.2.0/24").value()};
  const auto plan = make_plan(config, catalog);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->routes[0].allow.empty());
  EXPECT_EQ(plan->routes[1].allow, config.sources[1].allow);
}

TEST(PlanTest, FollowsTheTemplates) {
  pipeline::Catalog catalog;
  config::Config config;
  config.sources = {source("qa", "meshqa")};
  config.kafka.topic = "3d.{event}.{source}.v1";
  config.kafka.quarantine_topic = "3d-dead-{source}";
  const auto plan = make_plan(config, catalog);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->topics, (std::vector<std::string>{"3d.validation.completed.qa.v1", "3d-dead-qa"}));
}

TEST(PlanTest, SaysWhichSourceIsWrong) {
  pipeline::Catalog catalog;
  config::Config config;
  config.sources = {source("qa", "nosuch")};
  const auto plan = make_plan(config, catalog);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message.rfind("source 'qa': ", 0), 0u) << plan.error().message;
}

TEST(PlanTest, TopicsThatAreKeptAreInUseWhateverTheConfigurationSays) {
  pipeline::Catalog catalog;
  config::Config config;
  config.sources = {source("qa", "meshqa")};
  const auto plan = make_plan(config, catalog, {"gone.job.complete", "qa.validation.completed"});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->topics, (std::vector<std::string>{"qa.validation.completed", "qa-quarantine", "gone.job.complete"}));
  EXPECT_EQ(plan->used, (std::vector<bool>{true, true, true}));
}

}  // namespace
}  // namespace hookferry::app
