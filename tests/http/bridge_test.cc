// The contract of the seam: what every supported version of cpp-httplib has to do for us.
#include "http/bridge.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/http/support.h"

namespace hookferry::http {
namespace {

class BridgeTest : public ::testing::Test {
 protected:
  Bridge::Outcome handle(std::string_view method, std::string_view raw_path, std::string_view body = {}) {
    Request request;
    request.method = method;
    request.body = body;
    request.headers = headers_;
    request.address = *IpAddress::parse("192.0.2.1");
    request.ticket = {1, 2, 3};
    return bridge_.handle(request, raw_path);
  }
  std::optional<Answer> called(std::size_t route, const Request& request) {
    ++calls_;
    route_ = route;
    path_ = request.path;
    method_ = request.method;
    seen_ = request;
    if (throw_) throw std::runtime_error("what\r\nX-Evil: 1");
    if (throw_int_) throw 7;
    return answer_;
  }

  testing::SilentLog log_;
  std::shared_ptr<const RouteTable> routes_ = std::make_shared<const RouteTable>(std::vector<Route>{
      {"/webhooks/glossi", "POST", 4}, {"/webhooks/a b+c", "POST", 5}, {"/readyz", "GET", no_source}});
  std::vector<std::pair<std::string_view, std::string_view>> headers_{
      {"Content-Length", "%35"},
      {"X-Signature", "a%0d%0ab"},
      {"Range", "bytes=nonsense"},
      {"Expect", "100-continue"},
      {"Content-Type", "multipart/form-data; boundary=x"},
      {"Transfer-Encoding", "chunked"},
      {"Accept", "//"}};
  std::optional<Answer> answer_;
  bool throw_ = false;
  bool throw_int_ = false;
  int calls_ = 0;
  std::size_t route_ = 99;
  std::string path_;
  std::string method_;
  Request seen_;
  Bridge bridge_{routes_, [this](std::size_t route, const Request& request) { return called(route, request); },
                 log_.log};
};

TEST_F(BridgeTest, CallsTheHandlerOfThePath) {
  answer_ = Answer{.status = 200, .body = "{}", .allow = {}};
  const auto outcome = handle("POST", "/webhooks/glossi");
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->status, 200);
  EXPECT_EQ(outcome.answer->body, "{}");
  EXPECT_EQ(outcome.source, 4);
  EXPECT_EQ(route_, 0u);
  EXPECT_EQ(path_, "/webhooks/glossi");
  EXPECT_EQ(method_, "POST");
}

TEST_F(BridgeTest, HandsHeadersBodyAndTicketOnUntouched) {
  const std::string body("{\"a\":\"%00\0\r\n\"}", 14);
  static_cast<void>(handle("POST", "/webhooks/glossi", body));
  EXPECT_EQ(seen_.body.data(), body.data());
  EXPECT_EQ(seen_.body.size(), body.size());
  EXPECT_EQ(seen_.headers.data(), headers_.data());
  EXPECT_EQ(seen_.headers[1].second, "a%0d%0ab");
  EXPECT_EQ(seen_.address.text(), "192.0.2.1");
  EXPECT_EQ(seen_.ticket.exchange, 3u);
}

TEST_F(BridgeTest, HoldsWhatTheHandlerHolds) {
  const auto outcome = handle("POST", "/webhooks/glossi");
  EXPECT_FALSE(outcome.answer);
  EXPECT_EQ(outcome.source, 4);
  EXPECT_EQ(calls_, 1);
}

TEST_F(BridgeTest, DecodesThePath) {
  static_cast<void>(handle("POST", "/webhooks/a%20b+c"));
  EXPECT_EQ(route_, 1u);
  EXPECT_EQ(path_, "/webhooks/a b+c");
}

TEST_F(BridgeTest, MatchesThePathAsAWhole) {
  for (const char* path : {"/", "/webhooks", "/webhooks/glossi/", "/webhooks/glossi%00", "/Webhooks/glossi",
                           "//webhooks/glossi", "/x/../webhooks/glossi", "/webhooks/glossi%3Fa"}) {
    const auto outcome = handle("POST", path);
    ASSERT_TRUE(outcome.answer) << path;
    EXPECT_EQ(outcome.answer->status, 404) << path;
    EXPECT_EQ(outcome.source, no_source);
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(BridgeTest, TakesTheLongestPathThatTheFramerLetsThrough) {
  const auto outcome = handle("POST", "/" + std::string(7980, 'x'));
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->status, 404);
}

TEST_F(BridgeTest, RefusesOtherMethods) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI", "BREW", "post"}) {
    const auto outcome = handle(method, "/webhooks/glossi");
    ASSERT_TRUE(outcome.answer) << method;
    EXPECT_EQ(outcome.answer->status, 405) << method;
    EXPECT_EQ(outcome.answer->allow, "POST");
    EXPECT_EQ(outcome.source, 4);
  }
  const auto outcome = handle("POST", "/readyz");
  EXPECT_EQ(outcome.answer->status, 405);
  EXPECT_EQ(outcome.answer->allow, "GET, HEAD");
  EXPECT_EQ(calls_, 0);
}

TEST_F(BridgeTest, ServesHeadWithGet) {
  answer_ = Answer{.status = 200, .body = "ready", .allow = {}};
  EXPECT_EQ(handle("GET", "/readyz").answer->status, 200);
  EXPECT_EQ(method_, "GET");
  EXPECT_EQ(handle("HEAD", "/readyz").answer->status, 200);
  EXPECT_EQ(method_, "HEAD");
}

TEST_F(BridgeTest, TellsNothingOfAnException) {
  for (bool* what : {&throw_, &throw_int_}) {
    *what = true;
    const auto outcome = handle("POST", "/webhooks/glossi");
    *what = false;
    ASSERT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.answer->status, 503);
    EXPECT_EQ(outcome.answer->body, R"({"error":"unavailable"})");
    EXPECT_GT(outcome.answer->retry_after_seconds, 0);
    EXPECT_EQ(outcome.source, 4);
  }
  // And the next request is served.
  answer_ = Answer{.status = 200, .body = {}, .allow = {}};
  EXPECT_EQ(handle("POST", "/webhooks/glossi").answer->status, 200);
}

}  // namespace
}  // namespace hookferry::http
