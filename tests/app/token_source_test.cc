// Tokens from a token server and from a file.
#include "app/token_source.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/base64.h"
#include "base/text.h"
#include "http/capture.h"

namespace hookferry::app {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const WallTime now{seconds(1'700'000'000)};

config::OAuth by_url(std::string url = "https://idp/token") {
  config::OAuth oauth;
  oauth.token_url = std::move(url);
  oauth.client_id = "me";
  oauth.client_secret = {"file /s", "a b%~"};
  oauth.scope = "kafka offline";
  oauth.extensions = {{"logicalCluster", "lkc-1"}};
  return oauth;
}

config::OAuth by_file(std::string path) {
  config::OAuth oauth;
  oauth.token_file = {std::move(path), "x"};
  return oauth;
}

std::string jwt(std::string_view claims) {
  std::string out = "eyJhbGciOiJub25lIn0.";
  append_base64(out, claims);
  return out + ".signature";
}

std::string answer_with(std::string_view token, std::string_view more) {
  return cat("{\"access_token\":\"", token, "\",\"token_type\":\"Bearer\"", more, "}");
}

kafka::Token read(std::string_view token, std::string_view more) {
  return read_token_answer(by_url(), 200, answer_with(token, more), now).value();
}

TEST(TokenRequest, IsTheClientCredentialsGrant) {
  EXPECT_EQ(token_request(by_url()), "grant_type=client_credentials&scope=kafka%20offline");
  EXPECT_EQ(token_request({}), "grant_type=client_credentials");
  EXPECT_EQ(token_authorization(by_url()), "Basic bWU6YSUyMGIlMjV+");  // me:a%20b%25~
}

TEST(TokenAnswer, SaysHowLongTheTokenLives) {
  EXPECT_EQ(read("opaque", ",\"expires_in\":3600").expires, now + seconds(3600));
  EXPECT_EQ(read("opaque", ",\"expires_in\":\"60\"").expires, now + seconds(60));
  EXPECT_EQ(read("opaque", "").expires, now + seconds(300)) << "it does not say";
  EXPECT_EQ(read(jwt("{\"exp\":1700000042.5}"), "").expires, now + seconds(42)) << "the token does";
  EXPECT_EQ(read(jwt("{\"exp\":1700000042}"), ",\"expires_in\":7").expires, now + seconds(7));
  EXPECT_LT(read("opaque", ",\"expires_in\":9000000000000000000").expires, now + std::chrono::hours(24 * 400));
}

TEST(TokenAnswer, HasTheTokenAndWhoItIsOf) {
  const kafka::Token token = read(jwt("{\"sub\":\"it\"}"), "");
  EXPECT_EQ(token.value, jwt("{\"sub\":\"it\"}"));
  EXPECT_EQ(token.principal, "it");
  EXPECT_THAT(token.extensions, testing::ElementsAre(testing::Pair("logicalCluster", "lkc-1")));
  EXPECT_EQ(read("opaque", "").principal, "me");
}

TEST(TokenAnswer, ThatIsARefusalSaysWhy) {
  const auto refused =
      read_token_answer(by_url(), 401, R"({"error":"invalid_client","error_description":"no\nsuch client"})", now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "kafka.oauth.token_url https://idp/token answered 401: invalid_client: no\\x0asuch client: "
            "check kafka.oauth.client_id, client_secret and scope");
  EXPECT_THAT(read_token_answer(by_url(), 502, "<html>", now).error().message, HasSubstr("answered 502: check"));
}

TEST(TokenAnswer, ThatHasNoTokenIsNoneOfATokenServer) {
  for (const std::string_view body : {"", "<html>", "{}", "[]", R"({"access_token":7})", R"({"access_token":""})"}) {
    const auto read = read_token_answer(by_url(), 200, body, now);
    ASSERT_FALSE(read) << body;
    EXPECT_THAT(read.error().message, HasSubstr("is it the address of a token server?"));
  }
}

TEST(TokenServer, IsAskedWithTheClientsSecret) {
  const auto server = http::Capture::open("127.0.0.1:0").value();
  http::Capture::Options options;
  options.stop = [] { return false; };
  options.note = [](std::string_view) {};
  options.answer = [](const http::CapturedRequest&) {
    return Answer{.status = 200, .body = answer_with("opaque", ",\"expires_in\":3600"), .allow = {}};
  };
  http::CapturedRequest request;
  std::thread serving([&] { request = server->take(options).value(); });
  const config::OAuth oauth = by_url(cat("http://127.0.0.1:", server->port(), "/oauth/token?tenant=1"));
  const auto token = token_source(oauth)->fetch();
  serving.join();
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->value, "opaque");
  EXPECT_THAT(request.head, testing::StartsWith("POST /oauth/token?tenant=1 HTTP/1.1\r\n"));
  EXPECT_EQ(request.body, token_request(oauth));
  EXPECT_THAT(request.headers,
              AllOf(testing::Contains(testing::Pair("Authorization", token_authorization(oauth))),
                    testing::Contains(testing::Pair("Content-Type", "application/x-www-form-urlencoded"))));
}

TEST(TokenServer, ThatIsAwayIsSaidWithItsKey) {
  // A port that nobody listens on any more.
  const std::uint16_t port = http::Capture::open("127.0.0.1:0").value()->port();
  const auto token = token_source(by_url(cat("http://127.0.0.1:", port, "/token")))->fetch();
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error().message, AllOf(HasSubstr("kafka.oauth.token_url: cannot reach"), Not(HasSubstr("a b"))));
}

class TokenFileTest : public testing::Test {
 protected:
  void SetUp() override { write(jwt("{\"exp\":1700000042,\"sub\":\"system:serviceaccount:hooks:hookferry\"}") + "\n"); }
  void TearDown() override { std::filesystem::remove(path); }
  void write(const std::string& content) const { std::ofstream(path) << content; }

  const std::string path = cat(testing::TempDir(), "hookferry-token-", getpid());
};

TEST_F(TokenFileTest, IsReadAtEachFetch) {
  const auto source = token_source(by_file(path));
  const auto first = source->fetch();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->expires, now + seconds(42));
  EXPECT_EQ(first->principal, "system:serviceaccount:hooks:hookferry");
  EXPECT_FALSE(first->value.ends_with('\n'));
  write(jwt("{\"exp\":1700000043}"));
  EXPECT_EQ(source->fetch()->expires, now + seconds(43));
}

TEST_F(TokenFileTest, ThatHasNoneIsSaidWithoutIt) {
  write("hunter2");
  const auto token = token_source(by_file(path))->fetch();
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error().message, AllOf(HasSubstr(path), HasSubstr("is no JWT"), Not(HasSubstr("hunter2"))));
  std::filesystem::remove(path);
  EXPECT_THAT(token_source(by_file(path))->fetch().error().message, HasSubstr("kafka.oauth.token_file: cannot read"));
}

TEST(MakeTokens, AreNoneWhereNobodyAsksForThem) {
  config::Kafka kafka;
  EXPECT_EQ(make_tokens(kafka), nullptr);
  kafka.oauth = by_url();
  EXPECT_NE(make_tokens(kafka), nullptr);
  kafka.embedded = true;
  EXPECT_EQ(make_tokens(kafka), nullptr);
}

}  // namespace
}  // namespace hookferry::app
