#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view example = R"(http:
  listen: "[::]:8080"      # dual stack where the machine has it
  threads: auto
  max_body: 896KiB
  max_connections: 10000
  max_buffered: 64MiB
  max_head: 16KiB
  request_timeout: 10s
  idle_timeout: 60s
  ack_deadline: 4s
admin:
  listen: 127.0.0.1:8081   # metrics, health, status: never for the internet
delivery: {max_inflight_events: 20000, max_inflight_bytes: 64MiB, max_waiters: 10000}
kafka:
  bootstrap_servers: [localhost:9092]
  linger: 5ms
  topic: "{source}.{event}"
  quarantine_topic: "{source}-quarantine"
  create_topics: {enabled: true, partitions: 6, replication_factor: -1, config: {}}
  min_durability: warn
  properties: {}
sources:
  - name: glossi
    preset: glossi
    path: /webhooks/glossi
    secrets: [{env: GLOSSI_WEBHOOK_SECRET}]
    events: []
    source_uri: https://api.glossi.app
    type: "glossi.{event}"
dedupe:
  ttl: 24h
  max_entries: 1000000
  on_conflict: quarantine
  warmup: 3h
  warmup_timeout: 30s
log: {level: info, events: all, format: text, addresses: truncated}
shutdown: {drain: 5s, flush: 20s}
)";

void expect_example(const Config& config) {
  EXPECT_EQ(config.http.listen, "[::]:8080");
  EXPECT_EQ(config.http.threads, 0);
  EXPECT_EQ(config.http.max_body, 896u * 1024);
  EXPECT_EQ(config.http.max_connections, 10000u);
  EXPECT_EQ(config.http.max_buffered, 64u * 1024 * 1024);
  EXPECT_EQ(config.http.max_head, 16u * 1024);
  EXPECT_EQ(config.http.request_timeout, 10s);
  EXPECT_EQ(config.http.idle_timeout, 60s);
  EXPECT_EQ(config.http.ack_deadline, 4s);
  EXPECT_EQ(config.admin.listen, "127.0.0.1:8081");
  EXPECT_EQ(config.delivery.max_inflight_events, 20000u);
  EXPECT_EQ(config.delivery.max_inflight_bytes, 64u * 1024 * 1024);
  EXPECT_EQ(config.delivery.max_waiters, 10000u);
  EXPECT_THAT(config.kafka.bootstrap_servers, ElementsAre("localhost:9092"));
  EXPECT_FALSE(config.kafka.embedded);
  EXPECT_EQ(config.kafka.linger, 5ms);
  EXPECT_EQ(config.kafka.topic, "{source}.{event}");
  EXPECT_EQ(config.kafka.quarantine_topic, "{source}-quarantine");
  EXPECT_TRUE(config.kafka.create_topics);
  EXPECT_EQ(config.kafka.partitions, 6);
  EXPECT_EQ(config.kafka.replication_factor, -1);
  EXPECT_THAT(config.kafka.topic_config, IsEmpty());
  EXPECT_EQ(config.kafka.min_durability, MinDurability::warn);
  EXPECT_THAT(config.kafka.properties, IsEmpty());
  EXPECT_EQ(config.dedupe.ttl, 24h);
  EXPECT_EQ(config.dedupe.max_entries, 1000000u);
  EXPECT_FALSE(config.dedupe.publish_conflicts);
  EXPECT_EQ(config.dedupe.warmup, 3h);
  EXPECT_EQ(config.dedupe.warmup_timeout, 30s);
  EXPECT_EQ(config.log.level, LogLevel::info);
  EXPECT_TRUE(config.log.all_requests);
  EXPECT_FALSE(config.log.full_addresses);
  EXPECT_EQ(config.shutdown.drain, 5s);
  EXPECT_EQ(config.shutdown.flush, 20s);
}

TEST(Load, TakesTheDocumentedExample) {
  const Loaded loaded = load_text(example);
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->file, "f.yaml");
  expect_example(*loaded.config);
  EXPECT_EQ(loaded.config->log.format, LogFormat::text);
  ASSERT_EQ(loaded.config->sources.size(), 1u);
  const Source& source = loaded.config->sources[0];
  EXPECT_EQ(source.name, "glossi");
  EXPECT_EQ(source.preset, "glossi");
  EXPECT_EQ(source.path, "/webhooks/glossi");
  ASSERT_EQ(source.secrets.size(), 1u);
  EXPECT_EQ(source.secrets[0].origin, "env GLOSSI_WEBHOOK_SECRET");
  EXPECT_EQ(source.secrets[0].value, "glossi-secret-of-32-bytes-or-more");
  EXPECT_THAT(source.events, IsEmpty());
  EXPECT_EQ(source.source_uri, "https://api.glossi.app");
  EXPECT_EQ(source.type, "glossi.{event}");
}

TEST(Load, HasTheDocumentedDefaults) {
  const Loaded loaded = load_text(good_source);
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  expect_example(*loaded.config);
  EXPECT_EQ(loaded.config->log.format, std::nullopt);
  const Source& source = loaded.config->sources.at(0);
  EXPECT_EQ(source.path, "/webhooks/glossi");
  EXPECT_EQ(source.source_uri, "");
  EXPECT_EQ(source.type, "");
}

TEST(Load, TakesEveryOtherValue) {
  const Loaded loaded = load_text(R"(---
http: {listen: ":80", threads: 3, max_body: 1KiB, max_connections: 1, max_buffered: 65KiB, max_head: 2KiB,
  max_connections_per_address: 1, trusted_proxies: [10.0.0.0/8, "::1"],
  request_timeout: 1s, idle_timeout: 2m, ack_deadline: 50ms}
admin: {listen: "[::1]:0"}
delivery: {max_inflight_events: 1, max_inflight_bytes: 65KiB, max_waiters: 2}
kafka:
  bootstrap_servers:
    - kafka-1:9092
    - SASL_SSL://kafka-2.example.com
    - "[::1]:9093"
  linger: 0s
  topic: a.{event}-{source}
  quarantine_topic: bad_{source}
  create_topics:
    enabled: false
    partitions: 1
    replication_factor: 3
    config: {retention.ms: 1000, min.insync.replicas: 2, cleanup.policy: delete}
  min_durability: require
  properties: {security.protocol: ssl, socket.timeout.ms: 1000, enable.ssl.certificate.verification: true}
sources:
- name: a
  preset: meshqa
  path: /x/y.z_~-1
  secrets:
  - env: MESHQA_WEBHOOK_SECRET
  - file: /run/secrets/b
  events: [new.event, 7]
  source_uri: urn:a
  type: com.example.{event}
  allow: [198.51.100.0/24]
dedupe: {ttl: 30d, max_entries: 1, on_conflict: publish, warmup: 0s, warmup_timeout: 10m}
log: {level: debug, events: problems, format: json, addresses: full}
shutdown: {drain: 0s, flush: 1h}
...
)",
                                  [] {
                                    FakeEnvironment environment;
                                    environment.files["/run/secrets/b"] = "another-secret-of-many-bytes\r\n";
                                    return environment;
                                  }());
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  const Config& config = *loaded.config;
  EXPECT_EQ(config.http.listen, "[::]:80");
  EXPECT_EQ(config.http.threads, 3);
  EXPECT_EQ(config.http.max_body, 1024u);
  EXPECT_EQ(config.http.max_connections, 1u);
  EXPECT_EQ(config.http.max_buffered, 65u * 1024);
  EXPECT_EQ(config.http.max_head, 2048u);
  EXPECT_EQ(config.http.max_connections_per_address, 1u);
  EXPECT_THAT(config.http.trusted_proxies,
              ElementsAre(Network::parse("10.0.0.0/8").value(), Network::parse("::1/128").value()));
  EXPECT_EQ(config.http.request_timeout, 1s);
  EXPECT_EQ(config.http.idle_timeout, 2min);
  EXPECT_EQ(config.http.ack_deadline, 50ms);
  EXPECT_EQ(config.admin.listen, "[::1]:0");
  EXPECT_EQ(config.delivery.max_inflight_events, 1u);
  EXPECT_EQ(config.delivery.max_inflight_bytes, 65u * 1024);
  EXPECT_EQ(config.delivery.max_waiters, 2u);
  EXPECT_THAT(config.kafka.bootstrap_servers,
              ElementsAre("kafka-1:9092", "SASL_SSL://kafka-2.example.com", "[::1]:9093"));
  EXPECT_EQ(config.kafka.linger, 0s);
  EXPECT_EQ(config.kafka.topic, "a.{event}-{source}");
  EXPECT_EQ(config.kafka.quarantine_topic, "bad_{source}");
  EXPECT_FALSE(config.kafka.create_topics);
  EXPECT_EQ(config.kafka.partitions, 1);
  EXPECT_EQ(config.kafka.replication_factor, 3);
  EXPECT_THAT(config.kafka.topic_config, ElementsAre(Pair("cleanup.policy", "delete"), Pair("min.insync.replicas", "2"),
                                                     Pair("retention.ms", "1000")));
  EXPECT_EQ(config.kafka.min_durability, MinDurability::require);
  EXPECT_THAT(config.kafka.properties, ElementsAre(Pair("security.protocol", "ssl"), Pair("socket.timeout.ms", "1000"),
                                                   Pair("enable.ssl.certificate.verification", "true")));
  const Source& source = config.sources.at(0);
  EXPECT_EQ(source.path, "/x/y.z_~-1");
  ASSERT_EQ(source.secrets.size(), 2u);
  EXPECT_EQ(source.secrets[1].origin, "file /run/secrets/b");
  EXPECT_EQ(source.secrets[1].value, "another-secret-of-many-bytes");
  EXPECT_THAT(source.events, ElementsAre("new.event", "7"));
  EXPECT_EQ(source.source_uri, "urn:a");
  EXPECT_EQ(source.type, "com.example.{event}");
  EXPECT_THAT(source.allow, ElementsAre(Network::parse("198.51.100.0/24").value()));
  EXPECT_EQ(config.dedupe.ttl, 720h);
  EXPECT_EQ(config.dedupe.max_entries, 1u);
  EXPECT_TRUE(config.dedupe.publish_conflicts);
  EXPECT_EQ(config.dedupe.warmup, 0s);
  EXPECT_EQ(config.dedupe.warmup_timeout, 10min);
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_FALSE(config.log.all_requests);
  EXPECT_EQ(config.log.format, LogFormat::json);
  EXPECT_TRUE(config.log.full_addresses);
  EXPECT_EQ(config.shutdown.drain, 0s);
  EXPECT_EQ(config.shutdown.flush, 1h);
}

TEST(Load, ASectionWithEveryLineCommentedOutIsAbsent) {
  const Loaded loaded =
      load_text(with_source("http:\n#  listen: x\nkafka:\n  properties:\n  create_topics:\n    config:\n"));
  EXPECT_EQ(all(loaded), "");
}

TEST(Load, TakesAByteOrderMarkAndWindowsLineBreaks) {
  const Loaded loaded = load_text(
      "\xef\xbb\xbfhttp: {threads: 2}\r\nsources:\r\n- name: g\r\n  preset: glossi\r\n"
      "  secrets: [{env: GLOSSI_WEBHOOK_SECRET}]\r\n");
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->http.threads, 2);
  EXPECT_EQ(loaded.config->sources.at(0).path, "/webhooks/g");
}

TEST(Load, TheCommandLineIsOverTheFile) {
  Overrides overrides;
  overrides.kafka = "k1:9092,k2";
  overrides.listen = "127.0.0.1:9000";
  overrides.admin = ":9001";
  overrides.properties = {{"client.id", "b"}, {"sasl.password", "plain"}, {"client.id", "c"}};
  const Loaded loaded =
      load_text(with_source("http: {listen: \":1\"}\nadmin: {listen: \":2\"}\n"
                            "kafka: {bootstrap_servers: [old], properties: {client.id: a, debug: all}}\n"),
                {}, overrides);
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->http.listen, "127.0.0.1:9000");
  EXPECT_EQ(loaded.config->admin.listen, "[::]:9001");
  EXPECT_FALSE(loaded.config->kafka.embedded);
  EXPECT_THAT(loaded.config->kafka.bootstrap_servers, ElementsAre("k1:9092", "k2"));
  EXPECT_THAT(loaded.config->kafka.properties,
              ElementsAre(Pair("debug", "all"), Pair("sasl.password", "plain"), Pair("client.id", "c")));
}

TEST(Load, TheEmbeddedBrokerIsAskedForOnTheCommandLine) {
  Overrides overrides;
  overrides.kafka = "embedded";
  const Loaded loaded = load_text(good_source, {}, overrides);
  ASSERT_TRUE(loaded.config);
  EXPECT_TRUE(loaded.config->kafka.embedded);
}

TEST(Load, SaysWhatIsWrongWithTheCommandLine) {
  Overrides overrides;
  overrides.kafka = "k1:9092,,embedded,http://x";
  overrides.listen = "localhost:80";
  overrides.admin = "127.0.0.1:99999";
  overrides.properties = {{"acks", "1"}};
  const Loaded loaded = load_text(good_source, {}, overrides);
  EXPECT_FALSE(loaded.config);
  EXPECT_EQ(all(loaded),
            "--listen: 'localhost:80' is not an address to listen on: write an IP address and a port, such as "
            "127.0.0.1:8080, \"[::]:8080\" or \":8080\"\n"
            "--admin: '127.0.0.1:99999' is not an address to listen on: write an IP address and a port, such as "
            "127.0.0.1:8080, \"[::]:8080\" or \":8080\"\n"
            "--kafka: '' is not a server: write HOST:PORT, such as kafka-1.example.com:9092\n"
            "--kafka: the embedded broker is for trying out: start with --kafka embedded instead\n"
            "--kafka: 'http://x' begins with an unknown protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL\n"
            "-X acks: acks is fixed to all: a 200 rests on it\n");
}

TEST(Load, APortThatTheCommandLineTakesTwiceIsNamedThere) {
  Overrides overrides;
  overrides.listen = ":8081";
  EXPECT_EQ(all(load_text(good_source, {}, overrides)),
            "--listen: admin.listen (127.0.0.1:8081) and http.listen ([::]:8081) take the same port: give one of them "
            "another\n");
}

TEST(LoadWithoutFile, TakesEverySenderWhoseSecretIsSet) {
  const Loaded loaded = load_without_file({}, FakeEnvironment{}, {});
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->file, "");
  expect_example(*loaded.config);
  ASSERT_EQ(loaded.config->sources.size(), 2u);
  EXPECT_EQ(loaded.config->sources[0].name, "glossi");
  EXPECT_EQ(loaded.config->sources[0].path, "/webhooks/glossi");
  EXPECT_EQ(loaded.config->sources[1].preset, "meshqa");
  EXPECT_EQ(loaded.config->sources[1].secrets.at(0).origin, "env MESHQA_WEBHOOK_SECRET");
  EXPECT_EQ(loaded.config->sources[1].secrets.at(0).value, "meshqa-secret-of-32-bytes-or-more");
}

TEST(LoadWithoutFile, AnEmptyVariableIsNotSet) {
  FakeEnvironment environment;
  environment.variables["GLOSSI_WEBHOOK_SECRET"] = "";
  const Loaded loaded = load_without_file({}, environment, {});
  ASSERT_TRUE(loaded.config);
  ASSERT_EQ(loaded.config->sources.size(), 1u);
  EXPECT_EQ(loaded.config->sources[0].name, "meshqa");
}

TEST(LoadWithoutFile, NoSecretIsAnErrorThatSaysWhatToSet) {
  FakeEnvironment environment;
  environment.variables.clear();
  const Loaded loaded = load_without_file({}, environment, {});
  EXPECT_FALSE(loaded.config);
  EXPECT_EQ(all(loaded),
            "no source: set GLOSSI_WEBHOOK_SECRET or MESHQA_WEBHOOK_SECRET to the sender's secret, or write a file and "
            "pass --config FILE; to try it out: hookferry demo\n");
}

TEST(LoadWithoutFile, WarnsAndChecksTheCommandLine) {
  FakeEnvironment environment;
  environment.variables["GLOSSI_WEBHOOK_SECRET"] = "short";
  environment.variables["MESHQA_WEBHOOK_SECRET"] = "short";
  Overrides overrides;
  overrides.properties = {{"acks", "1"}};
  const Loaded loaded = load_without_file(overrides, environment, Validators{fake_property_check});
  EXPECT_FALSE(loaded.config);
  EXPECT_EQ(all(loaded),
            "GLOSSI_WEBHOOK_SECRET: warning: the secret in env GLOSSI_WEBHOOK_SECRET is weak: shorter than 16 bytes\n"
            "MESHQA_WEBHOOK_SECRET: warning: the secret in env MESHQA_WEBHOOK_SECRET is weak: shorter than 16 bytes\n"
            "-X acks: acks is fixed to all: a 200 rests on it\n"
            "MESHQA_WEBHOOK_SECRET: warning: sources[1].secrets[0]: the secret in env MESHQA_WEBHOOK_SECRET equals "
            "that of sources[0].secrets[0]\n");
}

}  // namespace
}  // namespace hookferry::config
