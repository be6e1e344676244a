// Held requests, draining and the end of a front.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/front.h"
#include "tests/http/support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::eventually;
using testing::post;
using testing::Response;
using testing::Seen;

using FrontHeldTest = testing::FrontTest;

TEST_F(FrontHeldTest, AnswersWhenTheAnswerComes) {
  start();
  Client client = connect();
  client.send(post("/held", "x"));
  const Seen seen = next_seen();
  EXPECT_EQ(front_->unanswered(), 1u);
  EXPECT_TRUE(client.silent());
  front_->answer(seen.ticket, answer("later"));
  EXPECT_EQ(client.receive().body, "later");
  EXPECT_TRUE(eventually([&] { return front_->unanswered() == 0; }));
  EXPECT_THAT(telemetry_.all(), ::testing::ElementsAre(testing::RecordingTelemetry::Answered{held_source, 200}));
  EXPECT_EQ(client.exchange(post("/echo", "goes on")).body, "goes on");
}

TEST_F(FrontHeldTest, TakesAnAnswerFromWithinTheHandler) {
  before_return_ = [this](const Request& request) {
    if (request.path == "/held") front_->answer(request.ticket, answer("early"));
  };
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/held", "")).body, "early");
  EXPECT_EQ(client.exchange(post("/held", "")).body, "early");
}

TEST_F(FrontHeldTest, TakesAnAnswerFromAnotherThreadBeforeTheHandlerReturns) {
  before_return_ = [this](const Request& request) {
    const Ticket ticket = request.ticket;
    std::thread([this, ticket] { front_->answer(ticket, answer("early")); }).join();
  };
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/held", "")).body, "early");
}

TEST_F(FrontHeldTest, TakesTheFirstAnswerOnly) {
  start();
  Client client = connect();
  client.send(post("/held", "x"));
  const Seen seen = next_seen();
  front_->answer(seen.ticket, answer("first"));
  front_->answer(seen.ticket, answer("second"));
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_EQ(client.exchange(post("/echo", "goes on")).body, "goes on");
}

TEST_F(FrontHeldTest, KeepsTheOrderOfPipelinedRequests) {
  start();
  Client client = connect();
  client.send(post("/held", "1") + post("/echo", "2") + post("/held", "3") + post("/echo", "4"));
  const Seen first = next_seen();
  EXPECT_EQ(first.body, "1");
  EXPECT_TRUE(client.silent());
  EXPECT_EQ(front_->unanswered(), 1u);
  front_->answer(first.ticket, answer("1"));
  EXPECT_EQ(client.receive().body, "1");
  EXPECT_EQ(client.receive().body, "2");
  EXPECT_EQ(next_seen().body, "2");
  front_->answer(next_seen().ticket, answer("3"));
  EXPECT_EQ(client.receive().body, "3");
  EXPECT_EQ(client.receive().body, "4");
}

TEST_F(FrontHeldTest, TakesAnswersInAnyOrder) {
  start({}, 2);
  constexpr int count = 100;
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(connect());
    clients.back().send(post("/held", std::to_string(i)));
  }
  std::vector<Seen> held;
  for (int i = 0; i < count; ++i) held.push_back(next_seen());
  EXPECT_EQ(front_->unanswered(), 100u);
  for (auto seen = held.rbegin(); seen != held.rend(); ++seen) front_->answer(seen->ticket, answer(seen->body));
  for (int i = 0; i < count; ++i) EXPECT_EQ(clients[i].receive().body, std::to_string(i));
}

TEST_F(FrontHeldTest, TakesAnswersFromManyThreadsAtOnce) {
  start({}, 2);
  constexpr int rounds = 200;
  constexpr int threads = 4;
  std::vector<std::thread> clients;
  for (int i = 0; i < threads; ++i) {
    clients.emplace_back([&, i] {
      Client client = connect();
      for (int round = 0; round < rounds; ++round) {
        const std::string body = std::to_string(i * rounds + round);
        EXPECT_EQ(client.exchange(post("/held", body)).body, body);
      }
    });
  }
  std::vector<std::thread> answerers;
  for (int i = 0; i < threads; ++i) {
    answerers.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        const Seen seen = next_seen();
        front_->answer(seen.ticket, answer(seen.body));
      }
    });
  }
  for (std::thread& thread : clients) thread.join();
  for (std::thread& thread : answerers) thread.join();
  EXPECT_EQ(telemetry_.all().size(), std::size_t{threads * rounds});
}

TEST_F(FrontHeldTest, DropsTheAnswerToAClientThatIsGone) {
  start();
  Client gone = connect();
  gone.send(post("/held", "x"));
  const Seen seen = next_seen();
  gone.reset();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(front_->unanswered(), 0u);
  // Its place is taken by another client, who must not get the answer.
  Client next = connect();
  next.send(post("/held", "y"));
  const Seen next_held = next_seen();
  EXPECT_EQ(next_held.ticket.connection, seen.ticket.connection);
  front_->answer(seen.ticket, answer("stale"));
  front_->answer(next_held.ticket, answer("fresh"));
  EXPECT_EQ(next.receive().body, "fresh");
  EXPECT_EQ(telemetry_.all().size(), 1u);
}

TEST_F(FrontHeldTest, DropsAnswersToTicketsThatNeverWere) {
  start();
  front_->answer(Ticket{0, 12345, 1}, answer("x"));
  front_->answer(Ticket{99, 0, 1}, answer("x"));
  front_->answer(Ticket{}, answer("x"));
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/echo", "unharmed")).body, "unharmed");
}

TEST_F(FrontHeldTest, AnswersAClientThatHasFinishedSending) {
  start();
  Client client = connect();
  client.send(post("/held", "x"));
  client.finish();
  const Seen seen = next_seen();
  front_->answer(seen.ticket, answer("for the patient"));
  EXPECT_EQ(client.receive().body, "for the patient");
  EXPECT_TRUE(client.ended());
}

TEST_F(FrontHeldTest, IsNotBoundByTheTimeOfARequest) {
  Limits limits;
  limits.request_timeout = std::chrono::milliseconds(50);
  limits.idle_timeout = std::chrono::milliseconds(50);
  start(limits);
  Client client = connect();
  client.send(post("/held", "x"));
  const Seen seen = next_seen();
  // An idle connection that came later is closed by its time-out; the held one, which is older, is not.
  Client idle = connect();
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(front_->unanswered(), 1u);
  front_->answer(seen.ticket, answer("later"));
  EXPECT_EQ(client.receive().body, "later");
}

TEST_F(FrontHeldTest, DrainingClosesIdleConnectionsAndThoseThatAreAnswered) {
  start();
  Client idle = connect();
  EXPECT_EQ(idle.exchange(post("/echo", "x")).header("Connection"), "");
  Client held = connect();
  held.send(post("/held", "x"));
  next_seen();
  const Seen seen = next_seen();
  Client fresh = connect();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 3; }));
  front_->drain();
  EXPECT_EQ(idle.exchange(post("/echo", "x")).header("Connection"), "close") << "it may be used until then";
  front_->answer(seen.ticket, answer("later"));
  const Response response = held.receive();
  EXPECT_EQ(response.body, "later");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(held.ended());
  // Whoever has connected and not asked yet is served, and so are those who come while the listener is open.
  EXPECT_EQ(fresh.exchange(post("/echo", "x")).header("Connection"), "close");
  Client late = connect();
  EXPECT_EQ(late.exchange(post("/echo", "x")).header("Connection"), "close");
}

TEST_F(FrontHeldTest, AfterTheListenerIsClosedOpenRequestsGoOnAndIdleConnectionsEnd) {
  start();
  Client idle = connect();
  EXPECT_EQ(idle.exchange(post("/echo", "1")).body, "1");
  Client held = connect();
  held.send(post("/held", "x"));
  const Seen first = next_seen();
  const Seen seen = next_seen();
  const std::uint16_t port = front_->port();
  EXPECT_TRUE(front_->accepting());
  front_->stop_accepting();
  EXPECT_TRUE(eventually([&] { return !front_->accepting(); }));
  EXPECT_FALSE(Client(port).connected());
  EXPECT_TRUE(idle.ended());
  front_->answer(seen.ticket, answer("later"));
  EXPECT_EQ(held.receive().body, "later");
  EXPECT_EQ(front_->port(), port);
}

TEST_F(FrontHeldTest, StoppingCutsEverybodyOff) {
  start({}, 2);
  Client client = connect();
  client.send(post("/held", "x"));
  const Seen seen = next_seen();
  const std::uint16_t port = front_->port();
  front_->stop();
  EXPECT_EQ(client.receive().status, 0);
  EXPECT_EQ(front_->connections(), 0u);
  EXPECT_EQ(front_->unanswered(), 0u);
  EXPECT_FALSE(Client(port).connected());
  front_->answer(seen.ticket, answer("too late"));
  front_->stop();
  front_->drain();
  front_->stop_accepting();
}

}  // namespace
}  // namespace hookferry::http
