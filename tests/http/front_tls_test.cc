// A front whose port speaks TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "base/text.h"
#include "tests/http/proxy_headers.h"
#include "tests/http/tls_support.h"

namespace hookferry::http {
namespace {

using testing::Client;
using testing::eventually;
using testing::Identity;
using testing::post;
using testing::Response;
using testing::TlsClient;
using testing::TlsClientOptions;
using namespace std::chrono_literals;

class FrontTlsTest : public testing::FrontTest {
 protected:
  void start_tls(Limits limits = {}, TlsFiles files = {}) {
    if (files.certificate.empty()) files = server_.files();
    auto tls = Tls::create(std::move(files));
    ASSERT_TRUE(tls) << tls.error().message;
    tls_ = *tls;
    start(limits);
  }
  TlsClient shaken(const TlsClientOptions& options = {}) {
    TlsClient client(front_->port(), options);
    EXPECT_TRUE(client.handshake()) << TlsClient::complaint();
    return client;
  }
  /// Why the handshake, or the first exchange behind it, is refused; empty where it is not.
  std::string refusal(const TlsClientOptions& options) {
    TlsClient client(front_->port(), options);
    if (client.handshake() && client.exchange(post("/echo", "x")).status == 200) return {};
    // "alert handshake failure" up to OpenSSL 3.1, "ssl/tls alert handshake failure" later.
    const std::string complaint = TlsClient::complaint();
    return complaint.substr(std::min(complaint.size(), complaint.find(' ') + 1));
  }
  std::size_t failed_handshakes() { return telemetry_.rejections_of(ConnectionRejection::tls_handshake); }

  const Identity server_{"server"};
};

TEST_F(FrontTlsTest, SpeaksTls12And13) {
  start_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client = shaken({.version = version});
    EXPECT_EQ(SSL_version(client.ssl()), version);
    EXPECT_EQ(client.peer_name(), "server");
    EXPECT_EQ(client.exchange(post("/echo", "hello")).body, "hello");
    EXPECT_EQ(client.exchange(post("/echo", "again")).body, "again");
    EXPECT_EQ(next_seen().address, "127.0.0.1");
  }
  EXPECT_EQ(failed_handshakes(), 0u);
}

/// A balancer's end: it says who its client is, and then hands on what that one says.
class ProxiedTlsClient : public TlsClient {
 public:
  using TlsClient::TlsClient;
  void introduce(std::string_view header) {
    for (const char byte : header) ::send(socket(), &byte, 1, MSG_NOSIGNAL);
  }
};

TEST_F(FrontTlsTest, AProxyHeaderComesBeforeTheHandshake) {
  Limits limits;
  limits.trusted_proxies = {Network::parse("127.0.0.0/8").value()};
  start_tls(limits);
  ProxiedTlsClient client(front_->port());
  client.introduce(testing::proxy_v4(192, 0, 2, 7));
  ASSERT_TRUE(client.handshake()) << TlsClient::complaint();
  EXPECT_EQ(client.exchange(post("/echo", "x")).status, 200);
  EXPECT_EQ(next_seen().address, "192.0.2.7");
  TlsClient without = shaken();
  EXPECT_EQ(without.exchange(post("/echo", "x")).status, 200);
  EXPECT_EQ(next_seen().address, "127.0.0.1");
}

TEST_F(FrontTlsTest, AWrongProxyHeaderIsNoFailedHandshake) {
  Limits limits;
  limits.trusted_proxies = {Network::parse("127.0.0.0/8").value()};
  start_tls(limits);
  ProxiedTlsClient client(front_->port());
  std::string header = testing::proxy_v4(192, 0, 2, 7);
  header[12] = '\x11';  // version 1
  client.introduce(header);
  EXPECT_FALSE(client.handshake());
  EXPECT_TRUE(eventually([&] { return telemetry_.rejections_of(ConnectionRejection::proxy_header) == 1; }));
  EXPECT_EQ(failed_handshakes(), 0u);
}

TEST_F(FrontTlsTest, SpeaksNothingOlder) {
  start_tls();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_EQ(refusal({.version = version}), "alert protocol version");
  }
  EXPECT_TRUE(eventually([&] { return failed_handshakes() == 2; }));
}

TEST_F(FrontTlsTest, RefusesWeakSuites) {
  start_tls({}, Identity("rsa", nullptr, testing::rsa(2048)).files());
  for (const std::string ciphers : {"AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA",
                                    "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256", "aNULL"}) {
    EXPECT_EQ(refusal({.version = TLS1_2_VERSION, .ciphers = ciphers}), "alert handshake failure") << ciphers;
  }
  for (const std::string ciphers : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"}) {
    EXPECT_EQ(refusal({.version = TLS1_2_VERSION, .ciphers = ciphers}), "") << ciphers;
  }
}

TEST_F(FrontTlsTest, NegotiatesHttp11) {
  start_tls();
  TlsClient client = shaken({.protocols = "\x02h2\x08http/1.1"});
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_EQ(refusal({.protocols = "\x02h2"}), "alert no application protocol");
}

TEST_F(FrontTlsTest, AgreesOnAnotherKeyExchangeThanTheFirstOffered) {
  start_tls();
  EXPECT_EQ(refusal({.version = TLS1_3_VERSION, .groups = "P-521:P-384"}), "");
}

TEST_F(FrontTlsTest, IsNotRenegotiated) {
  start_tls();
  TlsClient client = shaken({.version = TLS1_2_VERSION});
  EXPECT_EQ(client.exchange(post("/echo", "x")).status, 200);
  SSL_renegotiate(client.ssl());
  EXPECT_FALSE(client.handshake());
  EXPECT_EQ(TlsClient::complaint(), "no renegotiation");
}

TEST_F(FrontTlsTest, TakesANewKeyOfTheClient) {
  start_tls();
  TlsClient client = shaken({.version = TLS1_3_VERSION});
  for (int i = 0; i < 5; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
    EXPECT_EQ(client.exchange(post("/echo", std::to_string(i))).body, std::to_string(i));
  }
}

TEST_F(FrontTlsTest, EndsAConnectionThatTalksOfItselfOnly) {
  start_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client = shaken({.version = version});
    EXPECT_EQ(client.exchange(post("/echo", "x")).status, 200);
    for (int i = 0; i < 40; ++i) {
      if (version == TLS1_3_VERSION) {
        SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
      } else {
        SSL_renegotiate(client.ssl());
      }
      SSL_do_handshake(client.ssl());
      client.push();
    }
    EXPECT_EQ(client.receive().status, 0);
    EXPECT_TRUE(eventually([&] { return front_->connections() == 0; })) << version;
  }
  EXPECT_EQ(failed_handshakes(), 1u);  // with TLS 1.2 the client gives up first
}

/// What a client gets for these bytes, up to the end of the stream or the number of answers.
std::string transcript(Client& client, std::size_t answers, bool& ended) {
  std::string out;
  for (std::size_t i = 0; i < answers; ++i) {
    const Response response = client.receive();
    if (response.status == 0) return out + "end";
    out += cat(response.status, " ", response.header("Connection"), " ", response.body, "\n");
    ended = response.header("Connection") == "close";
  }
  return out;
}

TEST_F(FrontTlsTest, AnswersAsAPlainPortHoweverTheBytesCome) {
  struct Case {
    std::string bytes;
    std::size_t answers;
  };
  const std::vector<Case> cases{
      {post("/echo", "hello") + post("/echo", "you"), 2},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 1},
      {"GET /get HTTP/1.0\r\n\r\n", 1},
      {post("/nowhere", "") + "GET /get HTTP/1.1\r\nHost: h\r\n\r\n", 2},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
      {"POST /echo HTTP/1.1\nHost: h\n\n", 1},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 1},
      {"POST /echo HTTP/3.0\r\nHost: h\r\n\r\n", 1},
  };
  const auto run = [&](Client& client, const Case& what, bool byte_by_byte) {
    bool ends = false;
    if (byte_by_byte) {
      for (const char byte : what.bytes) client.send({&byte, 1});
    } else {
      client.send(what.bytes);
    }
    std::string said = transcript(client, what.answers, ends);
    if (ends) {
      EXPECT_TRUE(client.ended()) << what.bytes;
    }
    return said;
  };
  start();
  std::vector<std::string> plain_whole;
  std::vector<std::string> plain_bytes;
  for (const Case& what : cases) {
    Client whole = connect();
    plain_whole.push_back(run(whole, what, false));
    Client bytes = connect();
    plain_bytes.push_back(run(bytes, what, true));
  }
  start_tls();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsClient whole = shaken({.version = version});
      EXPECT_EQ(run(whole, cases[i], false), plain_whole[i]);
      TlsClient small_records = shaken({.version = version});
      EXPECT_EQ(run(small_records, cases[i], true), plain_bytes[i]);
      TlsClient dripping = shaken({.version = version, .drip = 1});
      EXPECT_EQ(run(dripping, cases[i], false), plain_whole[i]);
    }
  }
}

TEST_F(FrontTlsTest, AnswersPipelinedRequestsInOrder) {
  start_tls();
  TlsClient client = shaken();
  constexpr int count = 500;
  std::string requests;
  for (int i = 0; i < count; ++i) requests += post("/echo", std::to_string(i));
  std::thread sender([&] { client.send(requests); });
  sender.join();
  for (int i = 0; i < count; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
}

// What OpenSSL has read ahead causes no event: it has to be asked for.
TEST_F(FrontTlsTest, AnswersManyRecordsThatComeAtOnce) {
  start_tls();
  TlsClient client = shaken();
  constexpr int count = 100;
  for (int i = 0; i < count; ++i) client.keep(post("/echo", std::to_string(i)));
  client.push();
  for (int i = 0; i < count; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
}

TEST_F(FrontTlsTest, TakesARequestThatComesWithTheEndOfTheHandshake) {
  start_tls();
  TlsClient client(front_->port(), {.version = TLS1_3_VERSION});
  EXPECT_TRUE(client.handshake(true));
  EXPECT_EQ(client.exchange(post("/echo", "at once")).body, "at once");
}

TEST_F(FrontTlsTest, HoldsARequestWhileMoreRecordsWait) {
  start_tls();
  TlsClient client = shaken();
  client.keep(post("/held", "1"));
  client.keep(post("/echo", "2"));
  client.push();
  const testing::Seen held = next_seen();
  front_->answer(held.ticket, answer("first"));
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_EQ(client.receive().body, "2");
}

TEST_F(FrontTlsTest, TakesALargeBodyWhole) {
  start_tls();
  std::string body(896 << 10, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
  for (const std::size_t drip : {0, 1000}) {
    TlsClient sender = shaken({.drip = drip});
    EXPECT_TRUE(sender.send(post("/echo", body)));
    EXPECT_TRUE(sender.receive().body == body);
  }
}

TEST_F(FrontTlsTest, WritesAnAnswerThatTheClientReadsSlowly) {
  page_ = std::string(4 << 20, 'p');
  start_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client = shaken({.version = version, .receive_buffer = 4096});
    client.send("GET /get HTTP/1.1\r\nHost: h\r\n\r\nGET /get HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.receive().body == page_);
    EXPECT_TRUE(client.receive().body == page_);
  }
}

TEST_F(FrontTlsTest, GivesUpOnAClientThatDoesNotRead) {
  page_ = std::string(32 << 20, 'p');
  Limits limits;
  limits.request_timeout = 200ms;
  start_tls(limits);
  TlsClient client = shaken({.receive_buffer = 4096});
  client.send("GET /get HTTP/1.1\r\nHost: h\r\n\r\n");
  next_seen();
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(front_->unanswered(), 0u);
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::unread_answer), 1u);
}

TEST_F(FrontTlsTest, LetsAClientThatStillSendsReadTheRefusal) {
  start_tls();
  TlsClient client = shaken();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  client.send(std::string(2'000'000, 'x'));
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.ended());
}

TEST_F(FrontTlsTest, EndsWithANotice) {
  Limits limits;
  limits.idle_timeout = 100ms;
  start_tls(limits);
  TlsClient asks = shaken();
  EXPECT_EQ(asks.exchange(post("/echo", "x", "Connection: close\r\n")).status, 200);
  EXPECT_TRUE(asks.ended());
  TlsClient idle = shaken();
  EXPECT_TRUE(idle.ended());
}

TEST_F(FrontTlsTest, AnswersAClientThatHasFinishedSending) {
  start_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client = shaken({.version = version});
    client.keep(post("/echo", "1"));
    client.keep(post("/echo", "2"));
    client.finish();
    EXPECT_EQ(client.receive().body, "1");
    EXPECT_EQ(client.receive().body, "2");
    EXPECT_TRUE(client.ended());
  }
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
}

TEST_F(FrontTlsTest, AnswersAClientThatEndsWithoutANotice) {
  start_tls();
  TlsClient client = shaken();
  client.keep(post("/echo", "1"));
  client.push();
  client.cut();
  EXPECT_EQ(client.receive().body, "1");
  TlsClient within = shaken();
  within.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  within.cut();
  EXPECT_EQ(within.receive().status, 0);
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(telemetry_.all().size(), 1u);
  EXPECT_EQ(failed_handshakes(), 0u);
}

TEST_F(FrontTlsTest, AsksClientsForACertificate) {
  const Identity authority("authority");
  const Identity sender("sender", &authority);
  const Identity stranger("stranger");
  const Identity old("old", &authority, testing::p256(), -1s);
  TlsFiles files = server_.files();
  files.client_ca = authority.certificate_pem();
  start_tls({}, files);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(refusal({.version = version, .identity = &sender}), "");
    EXPECT_EQ(refusal({.version = version}),
              version == TLS1_3_VERSION ? "alert certificate required" : "alert handshake failure");
    EXPECT_EQ(refusal({.version = version, .identity = &stranger}), "alert unknown ca");
    EXPECT_EQ(refusal({.version = version, .identity = &old}), "alert certificate expired");
  }
  EXPECT_EQ(telemetry_.all().size(), 2u);
  EXPECT_TRUE(eventually([&] { return failed_handshakes() == 6; }));
}

TEST_F(FrontTlsTest, SurvivesWhatIsNoTls) {
  start_tls();
  std::string records(3000, '\0');
  for (std::size_t i = 0; i < records.size(); ++i) records[i] = static_cast<char>(i * 2654435761u >> 11);
  const std::vector<std::string> garbage{
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n", records, std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10),
      std::string("\x17\x03\x03\x40\x00", 5) + std::string(16384, 'x'), std::string("\x16\x03\x01\xff\xff", 5)};
  for (const std::string& bytes : garbage) {
    Client client = connect();
    client.send(bytes);
    EXPECT_EQ(client.receive().status, 0);
  }
  EXPECT_TRUE(eventually([&] { return failed_handshakes() == garbage.size(); }));
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(shaken().exchange(post("/echo", "still here")).body, "still here");
}

TEST_F(FrontTlsTest, CutsAHandshakeThatIsNotOverInTime) {
  Limits limits;
  limits.request_timeout = 100ms;
  limits.idle_timeout = 1h;
  start_tls(limits);
  TlsClient half_greeting(front_->port());
  half_greeting.greet(50);
  TlsClient no_answer(front_->port());
  no_answer.greet();
  EXPECT_TRUE(eventually([&] { return failed_handshakes() == 2; }));
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(failed_handshakes(), 2u);
}

TEST_F(FrontTlsTest, WhoSaysNothingIsIdle) {
  Limits limits;
  limits.idle_timeout = 50ms;
  start_tls(limits);
  TlsClient silent(front_->port());
  EXPECT_TRUE(eventually([&] { return telemetry_.rejections_of(ConnectionRejection::idle_timeout) == 1; }));
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(failed_handshakes(), 0u);
}

TEST_F(FrontTlsTest, NearTheLimitWhoSaysNothingMakesRoom) {
  Limits limits;
  limits.max_connections = 16;
  start_tls(limits);
  std::deque<TlsClient> silent;
  for (int i = 0; i < 15; ++i) silent.emplace_back(front_->port());
  EXPECT_TRUE(eventually([&] { return front_->connections() == 15; }));
  EXPECT_EQ(shaken().exchange(post("/echo", "x")).status, 200);
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::idle), 1u);
  EXPECT_EQ(failed_handshakes(), 0u);
}

// Each has buffers of OpenSSL's: 10 thousand of them would be most of a GiB.
TEST_F(FrontTlsTest, OfTooManyHandshakesThoseEndThatBeganFirst) {
  Limits limits;
  limits.max_buffered = 8 * (64 << 10);
  start_tls(limits);
  std::deque<TlsClient> greeting;
  for (std::size_t i = 0; i < 20; ++i) {
    greeting.emplace_back(front_->port()).greet(i % 2 == 0 ? 50 : std::string::npos);
    EXPECT_TRUE(eventually([&] { return front_->connections() == std::min<std::size_t>(i + 1, 8); }));
  }
  EXPECT_TRUE(eventually([&] { return failed_handshakes() == 12; }));
  EXPECT_EQ(shaken().exchange(post("/echo", "x")).status, 200);
  EXPECT_TRUE(greeting.back().handshake());
  EXPECT_EQ(greeting.back().exchange(post("/echo", "x")).status, 200);
}

TEST_F(FrontTlsTest, DoesNotCountAProbeThatOnlyConnects) {
  start_tls();
  { const Client probe = connect(); }
  EXPECT_EQ(shaken().exchange(post("/echo", "x")).status, 200);
  EXPECT_TRUE(eventually([&] { return front_->connections() == 0; }));
  EXPECT_EQ(failed_handshakes(), 0u);
}

// Requests come before handshakes, of which there are four in a turn.
TEST_F(FrontTlsTest, ShakesAFewHandsInATurn) {
  constexpr std::size_t count = 20;
  std::vector<std::unique_ptr<TlsClient>> greeting;
  std::unique_ptr<TlsClient> first;
  std::unique_ptr<TlsClient> second;
  const auto answered = [&] {
    return static_cast<std::size_t>(
        std::count_if(greeting.begin(), greeting.end(), [](const auto& client) { return !client->silent(); }));
  };
  std::vector<std::size_t> seen;
  before_return_ = [&](const Request& request) {
    if (request.body == "1") {
      for (const auto& client : greeting) client->greet();
      second->send(post("/echo", "2"));
    } else if (request.body == "2") {
      seen.push_back(answered());
      first->send(post("/echo", "3"));
    } else if (request.body == "3") {
      seen.push_back(answered());
    }
  };
  start_tls();
  for (std::size_t i = 0; i < count; ++i) greeting.push_back(std::make_unique<TlsClient>(front_->port()));
  // Accepted after them, so that the loop knows them all.
  first = std::make_unique<TlsClient>(shaken());
  second = std::make_unique<TlsClient>(shaken());
  first->send(post("/echo", "1"));
  EXPECT_EQ(second->receive().body, "2");
  EXPECT_EQ(first->receive().body, "1");
  EXPECT_EQ(first->receive().body, "3");
  EXPECT_THAT(seen, ::testing::ElementsAre(0, 4));
  for (const auto& client : greeting) {
    EXPECT_TRUE(client->handshake());
    EXPECT_EQ(client->exchange(post("/echo", "served")).body, "served");
  }
}

TEST_F(FrontTlsTest, ShowsANewCertificateAndLeavesOpenConnectionsAlone) {
  start_tls();
  TlsClient open = shaken();
  EXPECT_EQ(open.exchange(post("/echo", "1")).body, "1");
  TlsClient under_way(front_->port());
  under_way.greet(50);
  TlsClient half = shaken();
  half.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nha");

  const Identity next("next");
  front_->use(*Tls::create(next.files()));
  TlsClient fresh = shaken();
  EXPECT_EQ(fresh.peer_name(), "next");
  EXPECT_EQ(fresh.exchange(post("/echo", "2")).body, "2");
  EXPECT_EQ(open.exchange(post("/echo", "3")).body, "3");
  half.send("lf");
  EXPECT_EQ(half.receive().body, "half");
  under_way.push();
  EXPECT_TRUE(under_way.handshake());
  EXPECT_EQ(under_way.peer_name(), "server");
  EXPECT_EQ(under_way.exchange(post("/echo", "4")).body, "4");
  EXPECT_EQ(failed_handshakes(), 0u);
}

TEST_F(FrontTlsTest, SwapsCertificatesUnderLoad) {
  start_tls();
  std::atomic<bool> done{false};
  std::atomic<int> served{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&, i] {
      TlsClient kept = shaken();
      while (!done) {
        TlsClient fresh = shaken({.version = i == 0 ? TLS1_2_VERSION : TLS1_3_VERSION});
        ASSERT_EQ(fresh.exchange(post("/echo", "f")).body, "f");
        ASSERT_EQ(kept.exchange(post("/echo", "k")).body, "k");
        ++served;
      }
    });
  }
  const Identity next("next");
  for (int i = 0; i < 20; ++i) {
    const int before = served;
    front_->use(*Tls::create((i % 2 == 0 ? next : server_).files()));
    EXPECT_TRUE(eventually([&] { return served > before + 3; }));
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed_handshakes(), 0u);
}

TEST_F(FrontTlsTest, ServesWhoHasConnectedWhenItStopsAccepting) {
  start_tls();
  TlsClient under_way(front_->port());
  under_way.greet();
  TlsClient used = shaken();
  EXPECT_EQ(used.exchange(post("/echo", "1")).body, "1");
  front_->stop_accepting();
  EXPECT_TRUE(used.ended());
  EXPECT_TRUE(under_way.handshake());
  EXPECT_EQ(under_way.exchange(post("/echo", "2")).body, "2");
}

TEST_F(FrontTlsTest, TurnsAwayConnectionsOverTheLimitWithoutAWord) {
  Limits limits;
  limits.max_connections = 1;
  start_tls(limits);
  TlsClient first = shaken();
  EXPECT_EQ(first.exchange(post("/echo", "1")).status, 200);
  const std::string next = post("/echo", "still", "Expect: 100-continue\r\n");
  const std::size_t head = next.find("\r\n\r\n") + 4;
  EXPECT_EQ(first.exchange(std::string_view(next).substr(0, head)).status, 100);  // it is not idle now
  Client second = connect();
  EXPECT_TRUE(second.ended());
  EXPECT_EQ(telemetry_.rejections_of(ConnectionRejection::limit), 1u);
  EXPECT_EQ(first.exchange(std::string_view(next).substr(head)).status, 200);
}

}  // namespace
}  // namespace hookferry::http
