#include <gmock/gmock.h>

#include "config/property.h"
#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config loaded(std::string_view text) {
  const Loaded result = load_text(with_source(text));
  EXPECT_EQ(all(result), "");
  return result.config.value_or(Config{});
}

std::vector<std::string> changed(std::string_view before, std::string_view after) {
  return changed_keys(loaded(before), loaded(after));
}

TEST(ChangedKeys, NoneWhereNothingDiffers) {
  EXPECT_THAT(changed("", ""), IsEmpty());
  EXPECT_THAT(changed("", "http: {listen: \":8080\", idle_timeout: 60000ms}\nlog: {}\n"), IsEmpty())
      << "written otherwise, with the same meaning";
}

TEST(ChangedKeys, EveryKindOfValue) {
  EXPECT_THAT(
      changed("",
              "http: {listen: 127.0.0.1:1, threads: 2, max_body: 1KiB}\n"
              "kafka: {bootstrap_servers: [a:1], linger: 1ms, min_durability: \"off\", "
              "create_topics: {enabled: false}}\n"
              "spool: {path: /s, after: 1ms}\n"
              "log: {format: json}\n"),
      ElementsAre("http.listen", "http.threads", "http.max_body", "kafka.bootstrap_servers", "kafka.linger",
                  "kafka.create_topics.enabled", "kafka.min_durability", "spool.path", "spool.after", "log.format"));
}

TEST(ChangedKeys, Networks) {
  EXPECT_THAT(changed("http: {trusted_proxies: [10.0.0.1]}\n", "http: {trusted_proxies: [10.0.0.1/32]}\n"), IsEmpty());
  EXPECT_THAT(changed("", "http: {trusted_proxies: [10.0.0.1]}\n"), ElementsAre("http.trusted_proxies"));
}

TEST(ChangedKeys, OfAMapItsMembers) {
  EXPECT_THAT(
      changed("kafka: {properties: {client.id: a, client.rack: b, socket.timeout.ms: 5000}}\n",
              "kafka: {properties: {socket.timeout.ms: 6000, client.rack: b, debug: all}}\n"),
      ElementsAre("kafka.properties.client.id", "kafka.properties.socket.timeout.ms", "kafka.properties.debug"));
  EXPECT_THAT(changed("kafka: {create_topics: {config: {retention.ms: 1}}}\n",
                      "kafka: {create_topics: {config: {retention.ms: 2}}}\n"),
              ElementsAre("kafka.create_topics.config.retention.ms"));
  EXPECT_THAT(changed("", "kafka: {secrets: {sasl.password: {env: GLOSSI_WEBHOOK_SECRET}}}\n"),
              ElementsAre("kafka.secrets.sasl.password"));
}

TEST(ChangedKeys, TheContentOfAFile) {
  Config before = loaded("");
  before.http.tls = {{"/c", "old"}, {"/k", "old"}, {}};
  Config after = before;
  after.http.tls.key.content = "new";
  EXPECT_THAT(changed_keys(before, after), ElementsAre("http.tls.key"));
  after.http.tls.client_ca = {"/a", "new"};
  EXPECT_THAT(changed_keys(before, after), ElementsAre("http.tls.key", "http.tls.client_ca"));
}

TEST(ChangedKeys, Sources) {
  Config before = loaded("");
  for (const auto& change : std::vector<std::function<void(Source&)>>{
           [](Source& source) { source.secrets[0].value = "another"; }, [](Source& source) { source.path = "/x"; },
           [](Source& source) { source.events = {"x"}; }, [](Source& source) { source.type = "t"; },
           [](Source& source) { source.allow = {Network()}; }}) {
    Config after = before;
    change(after.sources[0]);
    EXPECT_THAT(changed_keys(before, after), ElementsAre("sources"));
  }
}

}  // namespace
}  // namespace hookferry::config
