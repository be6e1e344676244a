// Requests and answers over real sockets: what a client sees.
#include "http/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::post;
using testing::Response;
using testing::Seen;

using FrontTest = testing::FrontTest;

TEST_F(FrontTest, AnswersARequest) {
  start();
  Client client = connect();
  const Response response = client.exchange(post("/echo", "hello", "X-Signature: abc\r\n"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(response.header("Connection"), "");
  EXPECT_EQ(response.header("Date").size(), 29u);
  const Seen seen = next_seen();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/echo");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_THAT(seen.headers, ::testing::Contains(std::pair("X-Signature", "abc")));
  EXPECT_THAT(telemetry_.all(), ::testing::ElementsAre(testing::RecordingTelemetry::Answered{echo_source, 200}));
}

TEST_F(FrontTest, KeepsTheConnection) {
  start();
  Client client = connect();
  for (int i = 0; i < 100; ++i) {
    const std::string body = std::to_string(i);
    ASSERT_EQ(client.exchange(post("/echo", body)).body, body);
  }
  EXPECT_EQ(front_->connections(), 1u);
}

TEST_F(FrontTest, AnswersByteByByteLikeAtOnce) {
  start();
  Client client = connect();
  for (const char c : post("/echo", "hello")) client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "hello");
  EXPECT_EQ(client.exchange(post("/echo", "again")).body, "again");
}

TEST_F(FrontTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client = connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += post("/echo", std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
}

TEST_F(FrontTest, TakesChunkedBodies) {
  start();
  Client client = connect();
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: "
      "dropped\r\n\r\n";
  client.send(request + request);
  EXPECT_EQ(client.receive().body, "abcde");
  EXPECT_EQ(client.receive().body, "abcde");
  for (const char c : request) client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "abcde");
}

TEST_F(FrontTest, ContinuesWhenTheBodyIsAwaited) {
  start();
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const Response go_on = client.receive();
  EXPECT_EQ(go_on.status, 100);
  client.send("hello");
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(FrontTest, DoesNotContinueWhenTheBodyIsThere) {
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/echo", "hello", "Expect: 100-continue\r\n")).status, 200);
}

TEST_F(FrontTest, DoesNotContinueWhenTheBodyHasBegun) {
  start();
  Client client = connect();
  Client other = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhe");
  // The loop has seen those bytes when it has answered a request that came later.
  EXPECT_EQ(other.exchange(post("/echo", "x")).status, 200);
  client.send("llo");
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(FrontTest, KnowsAnEscapedPathBeforeTheBodyIsThere) {
  start();
  Client client = connect();
  client.send("POST /%65cho HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("hi");
  EXPECT_EQ(client.receive().body, "hi");
}

TEST_F(FrontTest, RefusesInsteadOfContinuing) {
  start();
  const auto answer_to = [&](const std::string& line, const std::string& headers) {
    Client client = connect();
    const Response response =
        client.exchange(line + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + headers + "\r\n");
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.ended());
    return response.status;
  };
  EXPECT_EQ(answer_to("POST /nowhere", "Content-Length: 5\r\n"), 404);
  EXPECT_EQ(answer_to("PUT /echo", "Content-Length: 5\r\n"), 405);
  EXPECT_EQ(answer_to("POST /echo", "Content-Length: 999999999\r\n"), 413);
  EXPECT_EQ(answer_to("POST /echo", "Content-Length: 5\r\nContent-Encoding: gzip\r\n"), 415);
  EXPECT_EQ(answer_to("POST /echo", "Content-Length: 5\r\nExpect: more\r\n"), 400);
}

TEST_F(FrontTest, KnowsItsPaths) {
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange(post("/nowhere", "")).status, 404);
  const Response wrong_method = client.exchange("PUT /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.header("Allow"), "POST");
  EXPECT_NE(wrong_method.body.find("hint"), std::string::npos);
  EXPECT_EQ(client.exchange(post("/get", "")).header("Allow"), "GET, HEAD");
  // There was no body, so the connection goes on.
  EXPECT_EQ(client.exchange(post("/%65cho?query", "still here")).body, "still here");
  EXPECT_THAT(telemetry_.all(), ::testing::ElementsAre(testing::RecordingTelemetry::Answered{no_source, 404},
                                                       testing::RecordingTelemetry::Answered{echo_source, 405},
                                                       testing::RecordingTelemetry::Answered{no_source, 405},
                                                       testing::RecordingTelemetry::Answered{echo_source, 200}));
}

TEST_F(FrontTest, ClosesBehindABodyThatNobodyTakesWhetherItIsThereOrNot) {
  start();
  for (const std::string body : {"", "bo", "body"}) {
    Client client = connect();
    const Response response = client.exchange("POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n" + body);
    EXPECT_EQ(response.status, 404) << body;
    EXPECT_EQ(response.header("Connection"), "close") << body;
    EXPECT_TRUE(client.ended()) << body;
  }
}

TEST_F(FrontTest, TakesAbsoluteTargets) {
  start();
  Client client = connect();
  EXPECT_EQ(client.exchange("POST http://elsewhere/echo?x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi").body,
            "hi");
}

TEST_F(FrontTest, AnswersHeadWithoutBody) {
  start();
  Client client = connect();
  client.send("HEAD /get HTTP/1.1\r\nHost: h\r\n\r\n");
  const Response head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), std::to_string(page_.size()));
  EXPECT_EQ(client.exchange("GET /get HTTP/1.1\r\nHost: h\r\n\r\n").body, page_);
  client.send("HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 405);
  client.send("HEAD /get HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 415);
  EXPECT_TRUE(client.ended());
}

TEST_F(FrontTest, ClosesForHttp10UnlessAskedToKeep) {
  start();
  Client keeps = connect();
  const Response kept = keeps.exchange("GET /get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.header("Connection"), "keep-alive");
  EXPECT_EQ(keeps.exchange("GET /get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body, page_);
  Client closes = connect();
  EXPECT_EQ(closes.exchange("GET /get HTTP/1.0\r\n\r\n").header("Connection"), "close");
  EXPECT_TRUE(closes.ended());
}

TEST_F(FrontTest, ClosesWhenAsked) {
  start();
  Client client = connect();
  // What follows such a request is not looked at.
  client.send(post("/echo", "1", "Connection: close\r\n") + post("/echo", "2"));
  EXPECT_EQ(client.receive().header("Connection"), "close");
  EXPECT_TRUE(client.ended());
  next_seen();
  EXPECT_EQ(seen_.size(), 0u);
}

TEST_F(FrontTest, NeverTreatsTheBodyOfAGetAsARequest) {
  start();
  Client client = connect();
  const std::string smuggled = post("/echo", "smuggled");
  client.send("GET /get HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" +
              smuggled + post("/echo", "next"));
  EXPECT_EQ(client.receive().body, page_);
  EXPECT_EQ(client.receive().body, "next");
}

TEST_F(FrontTest, ClosesWhereTheStreamCannotBeTrusted) {
  start();
  struct Abuse {
    std::string bytes;
    int status;
    SourceId source = no_source;  // counted under one only where a whole head named it
  };
  const std::vector<Abuse> abuses{
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length : 1\r\n\r\na", 400},
      {"POST /echo HTTP/1.1\nHost: h\n\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, echo_source},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413, echo_source},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 413, echo_source},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\na", 415, echo_source},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
      {"POST /echo HTTP/3.0\r\nHost: h\r\n\r\n", 505},
  };
  for (const auto& [bytes, status, source] : abuses) {
    Client client = connect();
    client.send(bytes + post("/echo", "smuggled"));
    const Response response = client.receive();
    EXPECT_EQ(response.status, status) << bytes.substr(0, 100);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_EQ(response.body.find("smuggled"), std::string::npos);
    EXPECT_TRUE(client.ended()) << bytes.substr(0, 100);
    EXPECT_EQ(telemetry_.all().back(), (testing::RecordingTelemetry::Answered{source, status})) << bytes.substr(0, 100);
  }
  EXPECT_EQ(seen_.size(), 0u);
}

TEST_F(FrontTest, LetsAClientThatStillSendsReadTheRefusal) {
  start();
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  client.send(std::string(2'000'000, 'x'));
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.ended());
}

TEST_F(FrontTest, AnswersAClientThatHasFinishedSending) {
  start();
  Client client = connect();
  client.send(post("/echo", "1") + post("/echo", "2"));
  client.finish();
  EXPECT_EQ(client.receive().body, "1");
  EXPECT_EQ(client.receive().body, "2");
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(testing::eventually([&] { return front_->connections() == 0; }));
}

TEST_F(FrontTest, DropsAClientThatFinishesWithinARequest) {
  start();
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  client.finish();
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(telemetry_.all().empty());
}

TEST_F(FrontTest, TakesALargeBodyWhole) {
  start();
  std::string body(896 << 10, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
  Client client = connect();
  std::thread sender([&] { client.send(post("/echo", body)); });
  const Response response = client.receive();
  sender.join();
  EXPECT_TRUE(response.body == body);
  std::string chunks;
  for (std::size_t i = 0; i < body.size(); i += 1 << 10) chunks += "400\r\n" + body.substr(i, 1 << 10) + "\r\n";
  std::thread chunk_sender([&] {
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
  });
  const Response chunked = client.receive();
  chunk_sender.join();
  EXPECT_TRUE(chunked.body == body);
}

TEST_F(FrontTest, WritesAnAnswerThatTheClientReadsSlowly) {
  page_ = std::string(8 << 20, 'p');
  start();
  Client client(front_->port(), 4096);
  client.send("GET /get HTTP/1.1\r\nHost: h\r\n\r\nGET /get HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.receive().body == page_);
  EXPECT_TRUE(client.receive().body == page_);
}

TEST_F(FrontTest, TellsNothingOfAHandlerThatThrows) {
  start();
  Client client = connect();
  const Response response = client.exchange(post("/throw", ""));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_EQ((response.head + response.body).find("secret"), std::string::npos);
  EXPECT_EQ(client.exchange(post("/echo", "goes on")).body, "goes on");
}

TEST_F(FrontTest, ServesManyConnectionsOnSeveralLoops) {
  start({}, 3);
  constexpr int count = 200;
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) clients.push_back(connect());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < count; ++i) clients[i].send(post("/echo", std::to_string(i)));
    for (int i = 0; i < count; ++i) ASSERT_EQ(clients[i].receive().body, std::to_string(i));
  }
  std::vector<int> per_loop(3);
  for (const Seen& seen : seen_) ++per_loop.at(seen.ticket.loop);
  // Equal shares: 200 connections are 67, 67 and 66, three requests each.
  std::sort(per_loop.begin(), per_loop.end());
  EXPECT_THAT(per_loop, ::testing::ElementsAre(198, 201, 201));
  EXPECT_EQ(front_->connections(), 200u);
  clients.clear();
  EXPECT_TRUE(testing::eventually([&] { return front_->connections() == 0; }));
}

TEST_F(FrontTest, SaysWhyItCannotListen) {
  start();
  FrontOptions options;
  options.listen = "127.0.0.1:" + std::to_string(front_->port());
  const auto second = Front::bind(
      options, {}, [](std::size_t) { return Handler(); }, *clock_, telemetry_, log_.log);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("Address already in use"), std::string::npos);
}

}  // namespace
}  // namespace hookferry::http
