#include "app/changes.h"

#include <gmock/gmock.h>

namespace hookferry::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::Source source(std::string name, std::vector<std::string> secrets = {"the first secret"},
                      std::string preset = "glossi") {
  config::Source out;
  out.name = std::move(name);
  out.preset = std::move(preset);
  out.path = "/webhooks/" + out.name;
  for (std::string& value : secrets) out.secrets.push_back({"file /s", std::move(value)});
  return out;
}

config::Config running() {
  config::Config config;
  config.file = "f.yaml";
  config.sources = {source("glossi"), source("meshqa", {"another"}, "meshqa")};
  return config;
}

/// With a login to Kafka.
config::Config logged_in(std::string mechanism = "SCRAM-SHA-512") {
  config::Config config = running();
  config.kafka.properties = {
      {"security.protocol", "SASL_SSL"}, {"sasl.mechanism", std::move(mechanism)}, {"sasl.username", "hookferry"}};
  config.kafka.secrets = {{"sasl.password", {"file /p", "old"}},
                          {"sasl.oauthbearer.client.secret", {"file /k", "key"}}};
  return config;
}

std::vector<std::string> names(const config::Config& config) {
  std::vector<std::string> out;
  for (const config::Source& entry : config.sources) out.push_back(entry.name);
  return out;
}

TEST(Changes, NoneAtAll) {
  const auto changes = compare(running(), running());
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, IsEmpty());
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_FALSE(changes->credentials);
  EXPECT_TRUE(config::changed_keys(changes->effective, running()).empty());
}

TEST(Changes, OfSourcesAreApplied) {
  config::Config next = running();
  next.sources[0].secrets.push_back({"file /new", "the new secret"});
  next.sources[0].events = {"scene.exported"};
  next.sources[0].path = "/elsewhere";
  next.sources[0].source_uri = "https://example.com";
  next.sources[0].type = "x.{event}";
  next.sources[0].allow = {Network::parse("192.0.2.0/24").value()};
  next.sources[1] = source("acme");
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_THAT(changes->applied,
              ElementsAre("source glossi: 2 secrets (was 1)", "source glossi: path /elsewhere (was /webhooks/glossi)",
                          "source glossi: events +scene.exported", "source glossi: another source_uri",
                          "source glossi: another type", "source glossi: allow +192.0.2.0/24",
                          "source acme added (POST /webhooks/acme, 1 secret)", "source meshqa removed"));
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_EQ(changes->effective.sources, next.sources);
}

TEST(Changes, OfWhoMaySend) {
  const auto network = [](std::string_view text) { return Network::parse(text).value(); };
  config::Config before = running();
  before.sources[0].allow = {network("192.0.2.0/24"), network("198.51.100.0/24")};
  config::Config next = before;
  next.sources[0].allow = {network("198.51.100.0/24"), network("2001:db8::/32")};
  EXPECT_THAT(compare(before, next)->applied, ElementsAre("source glossi: allow +2001:db8::/32 -192.0.2.0/24"));
  next.sources[0].allow = {};
  EXPECT_THAT(compare(before, next)->applied, ElementsAre("source glossi: allow anyone"));
  std::swap(before.sources[0].allow[0], before.sources[0].allow[1]);
  next.sources[0].allow = {network("192.0.2.0/24"), network("198.51.100.0/24")};
  EXPECT_THAT(compare(before, next)->applied, IsEmpty()) << "in another order";
  EXPECT_THAT(compare(before, next)->restart, IsEmpty());
}

// A list that was tightened is not left open because something else has to wait.
TEST(Changes, OfWhoMaySendAreAppliedWhereNewTopicsAreNot) {
  config::Config next = running();
  next.kafka.topic = "x.{source}.{event}";
  next.sources[0].events = {"scene.exported"};
  next.sources[0].allow = {Network::parse("192.0.2.0/24").value()};
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->effective.sources[0].allow, next.sources[0].allow);
  EXPECT_TRUE(changes->effective.sources[0].events.empty());
}

TEST(Changes, OfSecretsAreSaidWithoutThem) {
  config::Config before = running();
  before.sources[0].secrets.push_back({"file /b", "second secret"});
  config::Config next = before;
  next.sources[0].secrets[1].value = "third secret";
  next.sources[1].secrets[0].value = "fourth secret";
  const auto changes = compare(before, next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, ElementsAre("source glossi: other secrets (2)", "source meshqa: another secret"));
  next = before;
  next.sources[0].secrets[1].origin = "file /elsewhere";
  EXPECT_THAT(compare(before, next)->applied, IsEmpty()) << "the same secret, from elsewhere";
  EXPECT_THAT(compare(before, next)->restart, IsEmpty());
}

TEST(Changes, OfTheLogAreAppliedButForItsFormat) {
  config::Config next = running();
  next.log.level = LogLevel::debug;
  next.log.all_requests = false;
  next.log.full_addresses = true;
  next.log.format = LogFormat::json;
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, ElementsAre("log.level debug (was info)", "log.events problems", "log.addresses full"));
  EXPECT_THAT(changes->restart, ElementsAre("log.format"));
  EXPECT_EQ(changes->effective.log.level, LogLevel::debug);
  EXPECT_EQ(changes->effective.log.format, std::nullopt);
}

TEST(Changes, ElsewhereNeedARestartAndTheRestIsApplied) {
  config::Config next = running();
  next.http.listen = "127.0.0.1:1";
  next.http.ack_deadline = std::chrono::seconds(1);
  next.admin.listen = "127.0.0.1:2";
  next.delivery.max_waiters = 7;
  next.kafka.linger = Duration();
  next.kafka.min_durability = config::MinDurability::require;
  next.kafka.properties = {{"client.id", "me"}};
  next.dedupe.publish_conflicts = true;
  next.shutdown.drain = Duration();
  next.sources.pop_back();
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, ElementsAre("source meshqa removed"));
  EXPECT_THAT(changes->restart, ElementsAre("http.listen", "http.ack_deadline", "admin.listen", "delivery.max_waiters",
                                            "kafka.linger", "kafka.min_durability", "kafka.properties.client.id",
                                            "dedupe.on_conflict", "shutdown.drain"));
  EXPECT_EQ(changes->effective.http.listen, running().http.listen);
  EXPECT_EQ(changes->effective.kafka.linger, running().kafka.linger);

  const auto again = compare(changes->effective, next);
  EXPECT_THAT(again->applied, IsEmpty());
  EXPECT_EQ(again->restart, changes->restart) << "for as long as it is so";
  next = running();
  next.sources.pop_back();
  EXPECT_THAT(compare(changes->effective, next)->restart, IsEmpty()) << "put back";
}

TEST(Changes, OfALoginAreAppliedToTheRunningClient) {
  config::Config next = logged_in();
  next.kafka.secrets[0].second.value = "new";
  const auto changes = compare(logged_in(), next);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->credentials, (kafka::Credentials{"hookferry", "new"}));
  EXPECT_THAT(changes->applied, ElementsAre("Kafka: a new sasl.password from the next login on"));
  EXPECT_THAT(changes->restart, IsEmpty());

  next.kafka.properties[2].second = "somebody-else";
  EXPECT_EQ(compare(logged_in(), next)->credentials, (kafka::Credentials{"somebody-else", "new"}));
  EXPECT_FALSE(compare(changes->effective, changes->effective)->credentials);
}

TEST(Changes, OfALoginInThePropertiesLikewise) {
  config::Config before = logged_in("PLAIN");
  before.kafka.secrets.clear();
  before.kafka.properties.emplace_back("sasl.password", "old");
  config::Config next = before;
  next.kafka.properties.back().second = "new";
  EXPECT_EQ(compare(before, next)->credentials, (kafka::Credentials{"hookferry", "new"}));
}

TEST(Changes, OfWhereAPropertyStandsAreNone) {
  config::Config next = logged_in();
  next.kafka.properties.emplace_back("sasl.oauthbearer.client.secret", "key");
  next.kafka.secrets = {{"sasl.password", {"env P", "old"}}, {"sasl.username", {"file /u", "hookferry"}}};
  std::erase_if(next.kafka.properties, [](const auto& property) { return property.first == "sasl.username"; });
  const auto changes = compare(logged_in(), next);
  ASSERT_TRUE(changes);
  EXPECT_FALSE(changes->credentials);
  EXPECT_THAT(changes->applied, IsEmpty());
  EXPECT_THAT(changes->restart, IsEmpty());
}

TEST(Changes, OfOtherSecretsOfKafkaNeedARestart) {
  config::Config next = logged_in();
  next.kafka.secrets[1].second.value = "another";
  const auto changes = compare(logged_in(), next);
  ASSERT_TRUE(changes);
  EXPECT_FALSE(changes->credentials);
  EXPECT_THAT(changes->restart, ElementsAre("kafka.secrets.sasl.oauthbearer.client.secret"));
  next.kafka.secrets.pop_back();
  EXPECT_THAT(compare(logged_in(), next)->restart, ElementsAre("kafka.secrets.sasl.oauthbearer.client.secret"))
      << "removed";
}

TEST(Changes, OfAnotherKindOfLoginNeedARestartWithItsPassword) {
  for (const auto& [property, value] :
       {std::pair("sasl.mechanism", "PLAIN"), {"security.protocol", "SASL_PLAINTEXT"}}) {
    config::Config next = logged_in();
    next.kafka.secrets[0].second.value = "new";
    for (auto& [name, old] : next.kafka.properties) {
      if (name == property) old = value;
    }
    const auto changes = compare(logged_in(), next);
    ASSERT_TRUE(changes);
    EXPECT_FALSE(changes->credentials) << property;
    EXPECT_THAT(changes->restart,
                ElementsAre(std::string("kafka.properties.") + property, "kafka.secrets.sasl.password"));
  }
  config::Config elsewhere = logged_in();
  elsewhere.kafka.secrets[0].second.value = "new";
  elsewhere.kafka.bootstrap_servers = {"another:9092"};
  EXPECT_FALSE(compare(logged_in(), elsewhere)->credentials) << "the password is another cluster's";
  config::Config token = logged_in("OAUTHBEARER");
  token.kafka.secrets[0].second.value = "new";
  EXPECT_FALSE(compare(logged_in("OAUTHBEARER"), token)->credentials) << "librdkafka can't change it";
}

TEST(Changes, OfCertificatesAreApplied) {
  config::Config before = running();
  before.http.tls = {{"/c", "old"}, {"/k", "old"}, {}};
  config::Config next = before;
  next.http.tls = {{"/c", "new"}, {"/k", "new"}, {"/a", "authority"}};
  const auto changes = compare(before, next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, ElementsAre("http.tls: another certificate", "http.tls: another client_ca"));
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_EQ(changes->tls, next.http.tls);
  EXPECT_EQ(changes->effective.http.tls, next.http.tls);
}

TEST(Changes, OfWhereACertificateStandsAreNone) {
  config::Config before = running();
  before.http.tls = {{"/c", "old"}, {"/k", "old"}, {}};
  config::Config next = before;
  next.http.tls.certificate.path = "/elsewhere";
  const auto changes = compare(before, next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, IsEmpty());
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_FALSE(changes->tls);
}

TEST(Changes, ToTlsAndBackNeedARestart) {
  config::Config with = running();
  with.http.tls = {{"/c", "new"}, {"/k", "new"}, {}};
  const auto to = compare(running(), with);
  ASSERT_TRUE(to);
  EXPECT_THAT(to->restart, ElementsAre("http.tls.certificate", "http.tls.key"));
  EXPECT_FALSE(to->tls);
  const auto back = compare(with, running());
  ASSERT_TRUE(back);
  EXPECT_THAT(back->restart, ElementsAre("http.tls.certificate", "http.tls.key"));
  EXPECT_FALSE(back->tls);
}

TEST(Changes, WhileTopicsAreToBeNamedOtherwiseNoneIsMade) {
  config::Config next = running();
  next.kafka.topic = "hooks.{source}.{event}";
  next.sources[0].secrets = {{"file /s", "rotated"}};
  next.sources[0].events = {"scene.exported"};
  next.sources.push_back(source("acme"));
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_THAT(names(changes->effective), ElementsAre("glossi", "meshqa"));
  EXPECT_THAT(changes->effective.sources[0].events, IsEmpty());
  EXPECT_THAT(changes->applied, ElementsAre("source glossi: another secret"));
  EXPECT_THAT(changes->restart,
              ElementsAre("kafka.topic", "sources (new topics of glossi)", "sources (new topics of acme)"));

  next = running();
  next.kafka.partitions = 12;
  next.sources[1] = source("renamed", {"another"}, "meshqa");
  next.sources[1].path = running().sources[1].path;
  const auto renamed = compare(running(), next);
  ASSERT_TRUE(renamed);
  EXPECT_THAT(names(renamed->effective), ElementsAre("glossi", "meshqa")) << "somebody serves the path";
  EXPECT_THAT(renamed->restart, ElementsAre("kafka.create_topics.partitions", "sources (new topics of renamed)"));
}

TEST(Changes, WhileTopicsAreToBeNamedOtherwiseAPresetStays) {
  config::Config next = running();
  next.kafka.quarantine_topic = "{source}-bin";
  next.sources[1] = source("meshqa", {"of glossi's"}, "glossi");
  next.sources[1].path = "/elsewhere";
  const auto changes = compare(running(), next);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->effective.sources[1].preset, "meshqa");
  EXPECT_EQ(changes->effective.sources[1].secrets, running().sources[1].secrets);
  EXPECT_EQ(changes->effective.sources[1].path, "/elsewhere");
}

TEST(Changes, ThatDoNotGoTogetherWithWhatStaysFail) {
  config::Config before;
  before.kafka.topic = "{source}-{event}";
  before.sources = {source("a"), source("b")};
  before.sources[0].events = {"b-c"};
  before.sources[1].name = "a-b";
  before.sources[1].path = "/b";
  config::Config next = before;
  next.kafka.topic = "{source}.{event}";
  next.sources[1].events = {"c"};
  EXPECT_TRUE(compare(before, next)) << "a topic that is wanted waits for the restart";
  before.sources[1].events = {"c"};
  const auto changes = compare(before, next);
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().message.rfind("the sources do not go together with the kafka.topic", 0), 0u)
      << changes.error().message;
}

config::Config with_tokens() {
  config::Config config = running();
  config.kafka.oauth = {.token_url = "https://idp/token",
                        .client_id = "me",
                        .client_secret = {"file /s", "old"},
                        .scope = "kafka",
                        .ca = {"/ca", "old"},
                        .token_file = {},
                        .extensions = {}};
  return config;
}

TEST(Changes, OfWhereTokensComeFromAreApplied) {
  config::Config next = with_tokens();
  next.kafka.oauth.client_secret.value = "new";
  const auto changes = compare(with_tokens(), next);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->applied, ElementsAre("Kafka: another kafka.oauth.client_secret"));
  EXPECT_THAT(changes->restart, IsEmpty());
  ASSERT_TRUE(changes->oauth);
  EXPECT_EQ(*changes->oauth, next.kafka.oauth);

  next.kafka.oauth = {};
  next.kafka.oauth.token_file = {"/token", "a.b.c"};
  EXPECT_THAT(compare(with_tokens(), next)->applied,
              ElementsAre("Kafka: another kafka.oauth.token_url", "Kafka: another kafka.oauth.client_id",
                          "Kafka: another kafka.oauth.client_secret", "Kafka: another kafka.oauth.scope",
                          "Kafka: another kafka.oauth.ca", "Kafka: another kafka.oauth.token_file"));
}

TEST(Changes, OfWhereTheSecretForTokensStandsAloneAreNone) {
  config::Config next = with_tokens();
  next.kafka.oauth.client_secret.origin = "file /elsewhere";
  const auto changes = compare(with_tokens(), next);
  EXPECT_THAT(changes->applied, IsEmpty());
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_FALSE(changes->oauth);
}

TEST(Changes, WhetherTokensAreUsedNeedsARestart) {
  const auto changes = compare(running(), with_tokens());
  ASSERT_TRUE(changes);
  EXPECT_FALSE(changes->oauth);
  EXPECT_THAT(changes->restart, testing::Contains("kafka.oauth.token_url"));
}

config::Config with_certificate() {
  config::Config config = running();
  config.kafka.properties = {{"security.protocol", "SSL"}, {"ssl.certificate.location", "/c"}, {"client.id", "x"}};
  config.kafka.secrets = {{"ssl.key.pem", {"file /k", "old"}}};
  config.kafka.files = {{"ssl.certificate.location", "old"}};
  return config;
}

TEST(Changes, OfCertificatesForKafkaAreApplied) {
  config::Config next = with_certificate();
  next.kafka.files["ssl.certificate.location"] = "new";
  next.kafka.secrets[0].second.value = "new";
  const auto changes = compare(with_certificate(), next);
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->certificates);
  EXPECT_THAT(changes->applied, ElementsAre("Kafka: another ssl.certificate.location, for new connections",
                                            "Kafka: another ssl.key.pem, for new connections"));
  EXPECT_THAT(changes->restart, IsEmpty());
  EXPECT_EQ(changes->effective.kafka.files, next.kafka.files);
  EXPECT_FALSE(compare(next, next)->certificates);
}

TEST(Changes, OfOtherPropertiesBesideThemNeedARestart) {
  config::Config next = with_certificate();
  next.kafka.properties[1].second = "/elsewhere";
  next.kafka.properties[2].second = "y";
  const auto changes = compare(with_certificate(), next);
  EXPECT_TRUE(changes->certificates);
  EXPECT_THAT(changes->restart, ElementsAre("kafka.properties.client.id"));
}

TEST(Changes, OfWhetherThereIsTlsNeedARestart) {
  config::Config next = with_certificate();
  next.kafka.properties[0].second = "SASL_SSL";
  next.kafka.files["ssl.certificate.location"] = "new";
  const auto changes = compare(with_certificate(), next);
  EXPECT_FALSE(changes->certificates);
  EXPECT_THAT(changes->restart, ElementsAre("kafka.properties.security.protocol"));
}

}  // namespace
}  // namespace hookferry::app
