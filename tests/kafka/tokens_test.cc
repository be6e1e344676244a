// Tokens for SASL OAUTHBEARER, without Kafka: what librdkafka's clients ask for and are given. With a real one:
// tests/integration/test_kafka_oauth.py.
#include "kafka/tokens.h"

#include <gmock/gmock.h>

#include <future>

#include "base/text.h"
#include "kafka/configuration.h"
#include "kafka/handles.h"
#include "tests/kafka/harness.h"

namespace hookferry::kafka {
namespace {

using testing::HasSubstr;

Token lasting(Duration life) {
  return {"header.payload.signature", std::chrono::system_clock::now() + life, "hookferry", {}};
}

/// Gives what it is told to, and counts.
class FakeSource final : public TokenSource {
 public:
  using Fetch = std::function<Result<Token>()>;
  FakeSource(Fetch fetch, std::atomic<int>& fetches) : fetch_(std::move(fetch)), fetches_(fetches) {}
  Result<Token> fetch() override {
    ++fetches_;
    return fetch_();
  }

 private:
  Fetch fetch_;
  std::atomic<int>& fetches_;
};

struct Observer final : ClientObserver {
  void logged(int, const char*, const char*) noexcept override {}
  void failed(rd_kafka_resp_err_t error, const char* text) noexcept override {
    if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) refusals.emplace_back(text);
  }
  std::vector<std::string> refusals;
};

class TokensTest : public testing::Test {
 protected:
  std::unique_ptr<TokenSource> source(FakeSource::Fetch fetch) {
    return std::make_unique<FakeSource>(std::move(fetch), fetches);
  }
  void use(FakeSource::Fetch fetch) { tokens = std::make_shared<Tokens>(source(std::move(fetch))); }

  ClientHandle client() {
    ProducerOptions options;
    options.bootstrap_servers = "127.0.0.1:1";  // nobody is there
    options.properties = {{"security.protocol", "SASL_PLAINTEXT"}};
    options.tokens = tokens;
    return make_client(RD_KAFKA_PRODUCER, common_configuration(options).value(), observer, tokens).value();
  }
  bool refused(const ClientHandle& client, const std::string& text) {
    return eventually([&] {
      rd_kafka_poll(client.get(), 0);
      return std::ranges::any_of(observer.refusals,
                                 [&](const std::string& said) { return said.find(text) != std::string::npos; });
    });
  }

  std::atomic<int> fetches{0};
  Observer observer;
  std::shared_ptr<Tokens> tokens;
};

TEST_F(TokensTest, OneIsForAllClients) {
  use([] { return lasting(std::chrono::hours(1)); });
  const ClientHandle first = client();
  ASSERT_TRUE(eventually([&] { return tokens->state().fetched == 1; }));
  const ClientHandle second = client();
  const ClientHandle third = client();
  // Who asks for another, asks for one: the others were answered before.
  tokens->use(source([] { return lasting(std::chrono::hours(2)); }));
  ASSERT_TRUE(eventually([&] { return tokens->state().fetched == 2; }));
  EXPECT_EQ(fetches, 2);
  EXPECT_EQ(tokens->state().problem, "");
  EXPECT_GT(*tokens->state().expires, std::chrono::system_clock::now() + std::chrono::minutes(90));
  EXPECT_THAT(observer.refusals, testing::IsEmpty());
}

TEST_F(TokensTest, AreFetchedAgainBeforeTheyEnd) {
  use([] { return lasting(seconds(2)); });
  const ClientHandle one = client();
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return tokens->state().fetched == 2; })) << "without anybody polling";
  EXPECT_GT(std::chrono::steady_clock::now() - begin, seconds(1));
}

TEST_F(TokensTest, AFailureIsToldAndHealedByAnotherSource) {
  use([]() -> Result<Token> { return error("the token server said no"); });
  const ClientHandle one = client();
  EXPECT_TRUE(refused(one, "the token server said no"));
  EXPECT_EQ(tokens->state().problem, "the token server said no");
  EXPECT_EQ(tokens->state().failed, 1U);

  tokens->use(source([] { return lasting(std::chrono::hours(1)); }));
  EXPECT_TRUE(eventually([&] { return tokens->state().fetched == 1; }));
  EXPECT_EQ(tokens->state().problem, "");
}

TEST_F(TokensTest, OneThatHasExpiredIsAFailure) {
  use([] { return lasting(-seconds(1)); });
  const ClientHandle one = client();
  EXPECT_TRUE(refused(one, "has expired already"));
  EXPECT_EQ(tokens->state().fetched, 0U);
}

TEST_F(TokensTest, OneThatLibrdkafkaDoesNotTakeIsAFailure) {
  use([] {
    Token token = lasting(std::chrono::hours(1));
    token.extensions = {{"auth", "x"}};
    return token;
  });
  const ClientHandle one = client();
  EXPECT_TRUE(refused(one, "does not take the token"));
  EXPECT_THAT(tokens->state().problem, HasSubstr("auth"));
}

TEST_F(TokensTest, AFetchThatTakesLongHoldsNobodyUp) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  use([released]() -> Result<Token> {
    released.wait();
    return lasting(std::chrono::hours(1));
  });
  ClientHandle one = client();
  ASSERT_TRUE(eventually([&] { return fetches == 1; }));
  const ClientHandle other = client();
  rd_kafka_poll(other.get(), 0);
  one.reset();  // ends before its token comes
  release.set_value();
  EXPECT_TRUE(eventually([&] { return tokens->state().fetched == 1; }));
}

}  // namespace
}  // namespace hookferry::kafka
