// What is bounded: time, connections, memory, descriptors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/text.h"
#include "http/front.h"
#include "tests/http/support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::eventually;
using testing::post;
using testing::Response;

using FrontBoundsTest = testing::FrontTest;
using namespace std::chrono_literals;

TEST_F(FrontBoundsTest, ClosesAnIdleConnectionSilently) {
  Limits limits;
  limits.idle_timeout = 50ms;
  start(limits);
  Client fresh = connect();
  Client used = connect();
  EXPECT_EQ(used.exchange(post("/echo", "x")).status, 200);
  EXPECT_TRUE(fresh.ended());
  EXPECT_TRUE(used.ended());
  EXPECT_EQ(telemetry_.all().size(), 1u);
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::idle_timeout), 2u);
}

TEST_F(FrontBoundsTest, TellsASlowRequestThatItsTimeIsOver) {
  Limits limits;
  limits.request_timeout = 100ms;
  start(limits);
  for (const std::string begin : {"P", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
                                  "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"}) {
    Client client = connect();
    client.send(begin);
    const Response response = client.receive();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.ended());
  }
  using Answered = testing::RecordingTelemetry::Answered;
  EXPECT_THAT(telemetry_.all(),
              ::testing::ElementsAre(Answered{no_source, 408}, Answered{echo_source, 408}, Answered{echo_source, 408}));
}

// Each byte is news, but none of them moves the deadline.
TEST_F(FrontBoundsTest, ADripOfBytesDoesNotBuyTime) {
  Limits limits;
  limits.max_body = 1 << 30;
  limits.request_timeout = 200ms;
  start(limits);
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
  std::size_t drops = 0;
  while (client.silent() && client.send("x")) ++drops;
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_GT(drops, 1u);
}

TEST_F(FrontBoundsTest, ASecondRequestHasItsOwnTime) {
  Limits limits;
  limits.request_timeout = 300ms;
  start(limits);
  Client client = connect();
  client.send("POST /ec");
  EXPECT_TRUE(eventually([&] { return front_->connections() == 1; }));
  EXPECT_EQ(client.exchange("ho HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx").body, "x");
  // Idle for longer than a request may take.
  Client other = connect();
  other.send("P");
  EXPECT_EQ(other.receive().status, 408);
  EXPECT_EQ(client.exchange(post("/echo", "y")).body, "y");
}

TEST_F(FrontBoundsTest, GivesUpOnAClientThatDoesNotRead) {
  page_ = std::string(32 << 20, 'p');
  Limits limits;
  limits.request_timeout = 100ms;
  start(limits);
  Client client(front_->port(), 4096);
  client.send("GET /get HTTP/1.1\r\nHost: h\r\n\r\n");
  next_seen();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(front_->unanswered(), 0u);
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::unread_answer), 1u);
}

TEST_F(FrontBoundsTest, TurnsAwayConnectionsOverTheLimit) {
  Limits limits;
  limits.max_connections = 2;
  start(limits);
  Client first = connect();
  Client second = connect();
  EXPECT_EQ(first.exchange(post("/echo", "1")).status, 200);
  EXPECT_EQ(second.exchange(post("/echo", "2")).status, 200);
  Client third = connect();
  const Response response = third.receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::limit), 1u);
  first.reset();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 1; }));
  Client fourth = connect();
  EXPECT_EQ(fourth.exchange(post("/echo", "4")).status, 200);
  EXPECT_EQ(second.exchange(post("/echo", "still")).status, 200);
}

TEST_F(FrontBoundsTest, BodiesWaitForRoomAndThenGoOn) {
  Limits limits;
  limits.max_buffered = 300 << 10;
  start(limits);
  const std::string body(200 << 10, 'b');
  const std::string request = post("/echo", body);
  Client first = connect();
  first.send(request.substr(0, request.size() - 1));
  // Two such bodies do not fit: the second waits until the first has been handled.
  Client second = connect();
  std::thread sender([&] { second.send(request); });
  Client small = connect();
  EXPECT_EQ(small.exchange(post("/echo", "passes")).body, "passes");
  first.send("b");
  EXPECT_TRUE(first.receive().body == body);
  EXPECT_TRUE(second.receive().body == body);
  sender.join();
}

TEST_F(FrontBoundsTest, BodiesThatFindNoRoomAreA503) {
  Limits limits;
  limits.max_buffered = 100 << 10;
  limits.request_timeout = 200ms;
  start(limits);
  Client client = connect();
  std::thread sender([&] { client.send(post("/echo", std::string(400 << 10, 'b'))); });
  const Response response = client.receive();
  sender.join();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::buffer_limit), 1u);
  // The room was given back.
  EXPECT_EQ(connect().exchange(post("/echo", std::string(80 << 10, 'b'))).status, 200);
}

TEST_F(FrontBoundsTest, SurvivesWithoutDescriptors) {
  start();
  Client waiting = connect();
  ASSERT_EQ(waiting.exchange(post("/echo", "x")).status, 200);
  // The sanitizer looks at a type it has not seen yet through a pipe: the log's have to be known while there are any.
  log_.log.warn(cat("a line with a number, ", 1));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  // The client's own descriptor is the last one there is: none is left for accept().
  Descriptor highest(::dup(0));
  const int next = highest.get();
  highest = Descriptor();
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(next) + 1;
  setrlimit(RLIMIT_NOFILE, &low);
  Client client(front_->port());
  const bool counted = eventually([&] { return telemetry_.rejections_of(ConnectionRejection::accept_error) > 0; });
  EXPECT_EQ(waiting.exchange(post("/echo", "served meanwhile")).body, "served meanwhile");
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(counted);
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(client.exchange(post("/echo", "accepted at last")).body, "accepted at last");
}

}  // namespace
}  // namespace hookferry::http
