// What is served is replaced while it is served.
#include <atomic>

#include "base/text.h"
#include "tests/http/support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::post;
using testing::Response;

class FrontReplaceTest : public testing::FrontTest {
 protected:
  /// Serves `paths`, each with the source `version`; the handlers answer with the version.
  void replace(SourceId version, const std::vector<std::string>& paths) {
    std::vector<Route> routes;
    for (const std::string& path : paths) routes.push_back({path, "POST", version});
    front_->replace(std::move(routes), [version](std::size_t) {
      return [version](std::size_t, const Request&) { return answer(std::to_string(version)); };
    });
  }
};

TEST_F(FrontReplaceTest, PathsComeAndGo) {
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/echo", "hello")).body, "hello");
  EXPECT_EQ(client.exchange(post("/new", "hello")).status, 404);
  replace(7, {"/new"});
  Client other = connect();
  EXPECT_EQ(other.exchange(post("/new", "hello")).body, "7");
  EXPECT_EQ(other.exchange(post("/echo", "hello")).status, 404);
  const auto answers = telemetry_.all();
  ASSERT_GE(answers.size(), 3u);
  EXPECT_EQ(answers[2], (testing::RecordingTelemetry::Answered{7, 200}));
}

TEST_F(FrontReplaceTest, BeforeTheFirstRequestToo) {
  start({}, 2);
  replace(1, {"/a"});
  replace(2, {"/b"});
  for (int i = 0; i < 8; ++i) {
    Client client = connect();
    EXPECT_EQ(client.exchange(post("/b", "")).body, "2");
    EXPECT_EQ(client.exchange(post("/a", "")).status, 404);
  }
}

TEST_F(FrontReplaceTest, WhoIsHeldIsAnsweredAllTheSame) {
  start();
  Client client = connect();
  client.send(post("/held", "x"));
  const Ticket ticket = next_seen().ticket;
  replace(7, {"/new"});
  Client other = connect();
  EXPECT_EQ(other.exchange(post("/new", "")).body, "7");
  front_->answer(ticket, answer("held"));
  EXPECT_EQ(client.receive().body, "held");
  EXPECT_EQ(client.exchange(post("/new", "")).body, "7") << "on the same connection";
}

TEST_F(FrontReplaceTest, ARequestHalfOfWhichIsThereGoesToWhatIsServedWhenItIsWhole) {
  start();
  Client client = connect();
  const std::string request = post("/echo", "hello");
  client.send(request.substr(0, request.size() - 2));
  Client other = connect();  // the loop has read the first half when it answers this one
  EXPECT_EQ(other.exchange(post("/echo", "")).status, 200);
  replace(7, {"/echo"});
  client.send(request.substr(request.size() - 2));
  EXPECT_EQ(client.receive().body, "7");
}

TEST_F(FrontReplaceTest, WhatWasServedBeforeIsLetGoOfWithoutAnotherRequest) {
  start({}, 2);
  const auto token = std::make_shared<int>();
  front_->replace({{"/a", "POST", 1}},
                  [token](std::size_t) { return [token](std::size_t, const Request&) { return answer("a"); }; });
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {  // so that both loops have it
    clients.push_back(connect());
    ASSERT_EQ(clients.back().exchange(post("/a", "")).body, "a");
  }
  replace(2, {"/b"});
  EXPECT_TRUE(testing::eventually([&] { return token.use_count() == 1; }));
}

TEST_F(FrontReplaceTest, UnderLoadEachRequestSeesOneVersionAndNeverAnEarlierOne) {
  start({}, 2);
  replace(1, {"/a"});
  std::atomic<int> replaced{1};
  std::atomic<bool> done{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      Client client = connect();
      while (!done) {
        const int least = replaced;
        const Response response = client.exchange(post("/a", "body"));
        ASSERT_EQ(response.status, 200);
        ASSERT_GE(std::stoi(response.body), least);
      }
    });
  }
  for (SourceId version = 2; version <= 300; ++version) {
    replace(version, {"/a", cat("/only-", version)});
    replaced = version;
  }
  done = true;
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace hookferry::http
