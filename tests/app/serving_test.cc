#include "app/serving.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace hookferry::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ServingTest : public testing::Test {
 protected:
  static config::Source source(std::string name, std::vector<std::string> events = {}) {
    config::Source out;
    out.name = std::move(name);
    out.preset = "meshqa";  // one event of its own
    out.path = "/webhooks/" + out.name;
    out.secrets.push_back({"env S", "a secret that is long enough"});
    out.events = std::move(events);
    return out;
  }
  [[nodiscard]] Plan plan(std::vector<config::Source> sources) {
    config::Config config;
    config.sources = std::move(sources);
    return make_plan(config, catalog_).value();
  }
  void make_topics(const std::vector<std::string>& topics) { there_.insert(topics.begin(), topics.end()); }
  [[nodiscard]] Serving next(const Plan& plan, const Serving& now) {
    return serve_what_is_there(plan, now, [&](TopicId topic) { return there_.contains(catalog_.topic_name(topic)); });
  }
  /// "path source", in order.
  [[nodiscard]] static std::vector<std::string> served(const Serving& serving) {
    std::vector<std::string> out;
    for (const Served& entry : serving.served) out.push_back(entry.path + " " + entry.route.source->name());
    return out;
  }
  [[nodiscard]] static std::vector<bool> open(const Served& served) {
    std::vector<bool> out;
    for (const pipeline::EventRoute& event : served.route.events) out.push_back(event.open);
    return out;
  }

  pipeline::Catalog catalog_;
  std::set<std::string> there_;
};

TEST_F(ServingTest, AtTheStartIsEverything) {
  const Serving serving = serve_all(plan({source("a"), source("b")}));
  EXPECT_THAT(served(serving), ElementsAre("/webhooks/a a", "/webhooks/b b"));
  EXPECT_THAT(serving.waiting, IsEmpty());
  const auto routes = webhook_routes(serving);
  ASSERT_EQ(routes.size(), 2u);
  EXPECT_EQ(routes[1].path, "/webhooks/b");
  EXPECT_EQ(routes[1].source, 1);
}

TEST_F(ServingTest, ANewSourceWaitsForAllOfItsTopics) {
  const Serving start = serve_all(plan({source("a")}));
  const Plan with_b = plan({source("a"), source("b")});
  Serving now = next(with_b, start);
  EXPECT_THAT(served(now), ElementsAre("/webhooks/a a")) << "whose topics need not be there";
  EXPECT_THAT(now.waiting, ElementsAre("source b (POST /webhooks/b)"));
  make_topics({"b.validation.completed"});
  EXPECT_EQ(served(next(with_b, now)).size(), 1u);
  make_topics({"b-quarantine"});
  now = next(with_b, now);
  EXPECT_THAT(served(now), ElementsAre("/webhooks/a a", "/webhooks/b b"));
  EXPECT_THAT(now.waiting, IsEmpty());
  there_.clear();
  EXPECT_EQ(served(next(with_b, now)).size(), 2u) << "served once, it stays so";
}

TEST_F(ServingTest, ANewEventIsUnknownUntilItsTopicIsThere) {
  const Serving start = serve_all(plan({source("a", {"old"})}));
  const Plan more = plan({source("a", {"new", "old"})});
  Serving now = next(more, start);
  ASSERT_EQ(now.served.size(), 1u);
  EXPECT_THAT(open(now.served[0]), ElementsAre(true, false, true));
  EXPECT_THAT(now.waiting, ElementsAre("event new of source a"));
  make_topics({"a.new"});
  now = next(more, now);
  EXPECT_THAT(open(now.served[0]), ElementsAre(true, true, true));
  there_.clear();
  EXPECT_THAT(open(next(more, now).served[0]), ElementsAre(true, true, true));

  now = next(plan({source("a", {"old"})}), now);
  EXPECT_THAT(open(next(more, now).served[0]), ElementsAre(true, false, true)) << "it was gone meanwhile";
}

TEST_F(ServingTest, IdsStayWithTheirNames) {
  const Serving start = serve_all(plan({source("a", {"x", "y"}), source("b")}));
  make_topics({"c.validation.completed", "c-quarantine"});
  const Serving now = next(plan({source("c"), source("a", {"y"})}), start);
  ASSERT_EQ(now.served.size(), 2u);
  EXPECT_EQ(now.served[0].route.id, 2) << "new";
  EXPECT_EQ(now.served[1].route.id, 0);
  EXPECT_EQ(now.served[1].route.events[1].id, 2) << "as before, though x is gone";
  EXPECT_EQ(now.served[1].route.events[1].topic, start.served[0].route.events[2].topic);
}

TEST_F(ServingTest, ARemovedSourceIsGone) {
  const Serving start = serve_all(plan({source("a"), source("b")}));
  EXPECT_THAT(served(next(plan({source("b")}), start)), ElementsAre("/webhooks/b b"));
}

TEST_F(ServingTest, ASourceThatIsRenamedIsServedUnderItsOldNameUntilItsTopicsAreThere) {
  const Serving start = serve_all(plan({source("a")}));
  config::Source renamed = source("b");
  renamed.path = "/webhooks/a";
  const Plan after = plan({renamed});
  Serving now = next(after, start);
  EXPECT_THAT(served(now), ElementsAre("/webhooks/a a"));
  EXPECT_THAT(now.waiting, ElementsAre("source b (POST /webhooks/a)"));
  now = next(after, now);
  EXPECT_THAT(served(now), ElementsAre("/webhooks/a a")) << "also when asked again";
  make_topics({"b.validation.completed", "b-quarantine"});
  EXPECT_THAT(served(next(after, now)), ElementsAre("/webhooks/a b"));
}

TEST_F(ServingTest, APathThatANewSourceTakesFromOneThatMovesIsServedAsThatOneIsNow) {
  const Serving start = serve_all(plan({source("a")}));
  config::Source moved = source("a");
  moved.path = "/elsewhere";
  moved.secrets[0].value = "another secret that is long";
  config::Source taker = source("b");
  taker.path = "/webhooks/a";
  const Serving now = next(plan({moved, taker}), start);
  ASSERT_THAT(served(now), ElementsAre("/elsewhere a", "/webhooks/a a"));
  EXPECT_EQ(now.served[1].route.source->secrets()[0], "another secret that is long");
}

}  // namespace
}  // namespace hookferry::app
