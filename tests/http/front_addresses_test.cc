// Who the client is, and what is bounded for each: over real sockets, from addresses of 127.0.0.0/8.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "http/front.h"
#include "tests/fakes/clock.h"
#include "tests/http/proxy_headers.h"
#include "tests/http/support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::eventually;
using testing::post;
using testing::proxy_header;
using testing::proxy_v4;
using testing::Response;
using namespace std::chrono_literals;

constexpr const char* proxy = "127.0.0.10";  // trusted, as all of 127.0.0.8/29
constexpr const char* stranger = "127.0.0.1";

class FrontAddressesTest : public testing::FrontTest {
 protected:
  FrontAddressesTest() {
    clock_ = &fake_;
    limits_.trusted_proxies = {Network::parse("127.0.0.8/29").value()};
  }
  ~FrontAddressesTest() override { front_.reset(); }  // its threads use the clock
  /// Whom a request is from, as the handler is told.
  std::string seen_from(Client& client, std::string_view before = {}, std::string_view headers = {}) {
    EXPECT_EQ(client.exchange(std::string(before) + post("/echo", "x", headers)).status, 200);
    return next_seen().address;
  }
  std::string seen_from(Client&& client, std::string_view before = {}, std::string_view headers = {}) {
    return seen_from(client, before, headers);
  }
  /// Has the loops notice that time has passed: somebody comes and goes.
  void notice() { Client(front_->port(), 0, "127.0.0.99").reset(); }
  [[nodiscard]] std::size_t rejections(ConnectionRejection reason) { return telemetry_.rejections_of(reason); }

  fakes::FakeClock fake_;
  Limits limits_;
};

TEST_F(FrontAddressesTest, AStrangersForwardedForIsNotRead) {
  start(limits_);
  EXPECT_EQ(seen_from(connect(stranger), {}, "X-Forwarded-For: 192.0.2.7\r\n"), stranger);
  EXPECT_EQ(seen_from(connect(stranger), {}, "X-Forwarded-For: 192.0.2.7, 127.0.0.10\r\n"), stranger);
}

TEST_F(FrontAddressesTest, ATrustedProxysForwardedForIsReadOfEachRequest) {
  start(limits_);
  Client client = connect(proxy);
  EXPECT_EQ(seen_from(client, {}, "X-Forwarded-For: 10.0.0.1, 192.0.2.7\r\n"), "192.0.2.7");
  EXPECT_EQ(seen_from(client, {}, "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 192.0.2.8, 127.0.0.9\r\n"),
            "192.0.2.8");
  EXPECT_EQ(seen_from(client), proxy);
}

TEST_F(FrontAddressesTest, WithoutTrustedProxiesNothingIsRead) {
  start();
  EXPECT_EQ(seen_from(connect(proxy), {}, "X-Forwarded-For: 192.0.2.7\r\n"), proxy);
  EXPECT_EQ(connect(proxy).exchange(proxy_v4(192, 0, 2, 7) + post("/echo", "x")).status, 400);
}

TEST_F(FrontAddressesTest, AStrangersProxyHeaderIsNoHttp) {
  start(limits_);
  Client client = connect(stranger);
  EXPECT_EQ(client.exchange(proxy_v4(192, 0, 2, 7) + post("/echo", "x")).status, 400);
  Client slow = connect(stranger);
  for (const char c : proxy_v4(192, 0, 2, 7)) slow.send({&c, 1});
  EXPECT_EQ(slow.receive().status, 400);
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(rejections(ConnectionRejection::proxy_header), 0u);
}

TEST_F(FrontAddressesTest, ATrustedProxysHeaderNamesTheClientOfAllRequests) {
  start(limits_);
  Client client = connect(proxy);
  EXPECT_EQ(seen_from(client, proxy_v4(192, 0, 2, 7)), "192.0.2.7");
  EXPECT_EQ(seen_from(client), "192.0.2.7");
  const std::string header = proxy_v4(192, 0, 2, 8, std::string(3000, 't'));
  EXPECT_EQ(seen_from(connect(proxy), header), "192.0.2.8") << "with typed values";
}

TEST_F(FrontAddressesTest, AProxyHeaderByteByByte) {
  start(limits_);
  Client client = connect(proxy);
  for (const char c : proxy_v4(192, 0, 2, 7) + post("/echo", "slowly")) client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "slowly");
  EXPECT_EQ(next_seen().address, "192.0.2.7");
}

TEST_F(FrontAddressesTest, AProxyHeaderAloneIsWaitedBehind) {
  start(limits_);
  Client client = connect(proxy);
  client.send(proxy_v4(192, 0, 2, 7));
  EXPECT_EQ(seen_from(connect(stranger)), stranger);
  EXPECT_EQ(seen_from(client), "192.0.2.7");
}

TEST_F(FrontAddressesTest, AProxyThatSpeaksForItself) {
  start(limits_);
  EXPECT_EQ(seen_from(connect(proxy)), proxy);
  EXPECT_EQ(seen_from(connect(proxy), proxy_header(0x20, 0x00, "")), proxy);
  EXPECT_EQ(seen_from(connect(proxy), proxy_header(0x20, 0x11, std::string(12, 'a'))), proxy);
  EXPECT_EQ(seen_from(connect(proxy), proxy_header(0x21, 0x00, "")), proxy);
}

// One that hands on for another, which is trusted as well; or for a client, whose own claims are nothing.
TEST_F(FrontAddressesTest, TheForwardedForBehindAProxyHeaderIsOfWhomItNames) {
  start(limits_);
  const std::string_view claim = "X-Forwarded-For: 203.0.113.5\r\n";
  EXPECT_EQ(seen_from(connect(proxy), proxy_v4(127, 0, 0, 9), claim), "203.0.113.5");
  EXPECT_EQ(seen_from(connect(proxy), proxy_v4(192, 0, 2, 7), claim), "192.0.2.7");
}

TEST_F(FrontAddressesTest, TheOldProxyHeaderIsNoHttp) {
  start(limits_);
  Client client = connect(proxy);
  EXPECT_EQ(client.exchange("PROXY TCP4 192.0.2.7 10.0.0.1 1000 80\r\n" + post("/echo", "x")).status, 400);
}

TEST_F(FrontAddressesTest, AProxyHeaderThatIsNoneClosesTheConnectionWithoutAnAnswer) {
  start(limits_);
  std::size_t refused = 0;
  for (const std::string& header :
       {proxy_header(0x11, 0x11, std::string(12, 'a')), proxy_header(0x22, 0x11, std::string(12, 'a')),
        proxy_header(0x21, 0x31, std::string(216, 'a')), proxy_header(0x21, 0x21, std::string(12, 'a')),
        proxy_header(0x21, 0x11, 65535, ""), proxy_header(0x21, 0x11, 5000, std::string(5000, 'a'))}) {
    Client client = connect(proxy);
    client.send(header + post("/echo", "x"));
    EXPECT_EQ(client.receive().status, 0);
    EXPECT_EQ(rejections(ConnectionRejection::proxy_header), ++refused);
  }
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_TRUE(seen_.empty());
}

TEST_F(FrontAddressesTest, AProxyHeaderThatEndsInTheMiddle) {
  start(limits_);
  const std::string header = proxy_v4(192, 0, 2, 7);
  for (const std::size_t size : {std::size_t{1}, std::size_t{12}, std::size_t{16}, header.size() - 1}) {
    Client client = connect(proxy);
    client.send(header.substr(0, size));
    client.finish();
    EXPECT_EQ(client.receive().status, 0);
  }
  EXPECT_EQ(rejections(ConnectionRejection::proxy_header), 4u);
}

TEST_F(FrontAddressesTest, AProxyHeaderHasTheTimeOfARequest) {
  start(limits_);
  Client client = connect(proxy);
  client.send(proxy_v4(192, 0, 2, 7).substr(0, 20));
  Client quick = connect(proxy);
  quick.send(proxy_v4(192, 0, 2, 8));
  EXPECT_EQ(seen_from(connect(stranger)), stranger) << "so both have been looked at";
  EXPECT_EQ(seen_from(connect(stranger)), stranger);
  fake_.advance(limits_.request_timeout);
  notice();
  EXPECT_EQ(client.receive().status, 0) << "nobody knows yet what to answer in";
  EXPECT_EQ(rejections(ConnectionRejection::proxy_header), 1u);
  EXPECT_EQ(seen_from(quick), "192.0.2.8") << "its header was whole: it has the time of an idle connection";
}

TEST_F(FrontAddressesTest, ConnectionsOfOneAddressAreBounded) {
  limits_.max_connections_per_address = 2;
  start(limits_);
  Client first = connect(stranger);
  Client second = connect(stranger);
  EXPECT_EQ(seen_from(first), stranger);
  EXPECT_EQ(seen_from(second), stranger);
  const Response turned_away = connect(stranger).receive();
  EXPECT_EQ(turned_away.status, 503);
  EXPECT_EQ(turned_away.header("Connection"), "close");
  EXPECT_EQ(rejections(ConnectionRejection::address_limit), 1u);
  EXPECT_EQ(rejections(ConnectionRejection::limit), 0u);
  EXPECT_EQ(seen_from(connect("127.0.0.2")), "127.0.0.2");
  first.reset();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 1; }));
  EXPECT_EQ(seen_from(connect(stranger)), stranger);
}

TEST_F(FrontAddressesTest, BehindAProxyTheClientsThatItNamesAreCounted) {
  limits_.max_connections_per_address = 1;
  start(limits_);
  std::deque<Client> clients;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    clients.push_back(connect(proxy));
    EXPECT_EQ(seen_from(clients.back(), proxy_v4(192, 0, 2, i)), "192.0.2." + std::to_string(i));
  }
  clients.push_back(connect(proxy));
  clients.back().send(proxy_v4(192, 0, 2, 3) + post("/echo", "x"));
  EXPECT_EQ(clients.back().receive().status, 0);
  EXPECT_EQ(rejections(ConnectionRejection::address_limit), 1u);
  clients.front().reset();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 4; }));
  EXPECT_EQ(seen_from(connect(proxy), proxy_v4(192, 0, 2, 1)), "192.0.2.1");
}

TEST_F(FrontAddressesTest, AProxysOwnConnectionsAreNotCounted) {
  limits_.max_connections_per_address = 1;
  start(limits_);
  std::deque<Client> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(connect(proxy));
    EXPECT_EQ(seen_from(clients.back(), {}, "X-Forwarded-For: 192.0.2.7\r\n"), "192.0.2.7");
  }
  EXPECT_EQ(front_->connections(), 5u);
}

/// Near the limit: connections that were last used one after the other.
class FrontIdleTest : public FrontAddressesTest {
 protected:
  void open(std::size_t limit, std::size_t count, std::size_t loops = 1) {
    limits_.max_connections = limit;
    start(limits_, loops);
    for (std::size_t i = 0; i < count; ++i) use(clients_.emplace_back(connect()));
  }
  void use(Client& client) {
    EXPECT_EQ(client.exchange(post("/echo", "x")).status, 200);
    fake_.advance(1ms);
  }
  std::deque<Client> clients_;
};

TEST_F(FrontIdleTest, WithRoomNobodyIsClosed) {
  open(16, 15);
  for (Client& client : clients_) use(client);
  EXPECT_EQ(front_->connections(), 15u);
  EXPECT_EQ(rejections(ConnectionRejection::idle), 0u);
}

TEST_F(FrontIdleTest, NearTheLimitWhoIsIdleForTheLongestMakesRoom) {
  open(16, 15);
  use(clients_[0]);  // so the second is the oldest
  for (const std::size_t oldest : {1, 2, 3}) {
    Client& newcomer = clients_.emplace_back(connect());
    EXPECT_TRUE(clients_[oldest].ended()) << oldest;
    use(newcomer);
  }
  EXPECT_EQ(rejections(ConnectionRejection::idle), 3u);
  EXPECT_EQ(rejections(ConnectionRejection::limit), 0u);
  for (std::size_t i = 4; i < clients_.size(); ++i) use(clients_[i]);
  use(clients_[0]);
  EXPECT_EQ(front_->connections(), 15u);
}

// Loops tell each other of their oldest after each turn, so that one may be asked twice: of several loops the order is
// that of each.
TEST_F(FrontIdleTest, OfSeveralLoopsToo) {
  constexpr std::size_t newcomers = 5;
  constexpr std::size_t loops = 3;
  open(160, 150, loops);
  for (std::size_t i = 0; i < newcomers; ++i) use(clients_.emplace_back(connect()));
  EXPECT_TRUE(eventually([&] { return rejections(ConnectionRejection::idle) == newcomers; }));
  EXPECT_EQ(rejections(ConnectionRejection::limit), 0u);
  for (std::size_t i = newcomers * loops; i < clients_.size(); ++i) use(clients_[i]);
}

TEST_F(FrontIdleTest, ABurstOfNewcomersIsServed) {
  open(16, 15);
  for (int i = 0; i < 10; ++i) clients_.push_back(connect());
  for (std::size_t i = 15; i < clients_.size(); ++i) use(clients_[i]);
  EXPECT_EQ(rejections(ConnectionRejection::idle), 10u);
  EXPECT_EQ(rejections(ConnectionRejection::limit), 0u);
}

TEST_F(FrontIdleTest, ConnectionsThatNeverSentAnythingMakeRoomToo) {
  limits_.max_connections = 16;
  start(limits_);
  for (int i = 0; i < 15; ++i) clients_.push_back(connect());
  EXPECT_TRUE(eventually([&] { return front_->connections() == 15; }));
  Client honest = connect();
  use(honest);
  EXPECT_TRUE(clients_[0].ended());
  EXPECT_EQ(rejections(ConnectionRejection::idle), 1u);
}

TEST_F(FrontIdleTest, WhoIsBeingAnsweredIsNotClosed) {
  limits_.max_connections = 16;
  start(limits_);
  for (int i = 0; i < 16; ++i) {
    clients_.push_back(connect());
    clients_.back().send(post("/held", "x"));
    next_seen();
  }
  EXPECT_EQ(connect().receive().status, 503);
  EXPECT_EQ(rejections(ConnectionRejection::limit), 1u);
  EXPECT_EQ(rejections(ConnectionRejection::idle), 0u);
  EXPECT_EQ(front_->connections(), 16u);
}

}  // namespace
}  // namespace hookferry::http
