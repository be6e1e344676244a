// The exact text of each kind of error in a file.
#include <gtest/gtest.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

/// What is said of a file with one good source at its end.
std::string said(std::string_view text) {
  return problems_of(with_source(text));
}

TEST(Errors, UnknownKeyWithTheNearestName) {
  EXPECT_EQ(said("http:\n  lisen: \":80\"\n"),
            "f.yaml:2:3: unknown key 'http.lisen'; did you mean listen?\n"
            "  lisen: \":80\"\n"
            "  ^\n");
  EXPECT_EQ(said("htpt: {}\n"),
            "f.yaml:1:1: unknown key 'htpt'; did you mean http?\n"
            "htpt: {}\n"
            "^\n");
}

TEST(Errors, UnknownKeyThatBelongsElsewhere) {
  EXPECT_EQ(said("linger: 1ms\n"),
            "f.yaml:1:1: unknown key 'linger'; did you mean kafka: {linger: VALUE}?\n"
            "linger: 1ms\n"
            "^\n");
  EXPECT_EQ(said("dedupe.ttl: 24h\n"),
            "f.yaml:1:1: unknown key 'dedupe.ttl'; did you mean dedupe: {ttl: VALUE}?\n"
            "dedupe.ttl: 24h\n"
            "^\n");
}

TEST(Errors, UnknownKeyLikeNoOther) {
  EXPECT_EQ(said("shutdown: {timeout: 1s}\n"),
            "f.yaml:1:12: unknown key 'shutdown.timeout'; known here: drain, flush\n"
            "shutdown: {timeout: 1s}\n"
            "           ^\n");
}

TEST(Errors, Networks) {
  EXPECT_EQ(said("http: {trusted_proxies: [10.0.0.0/8, 192.0.2.7/24]}\n"),
            "f.yaml:1:38: http.trusted_proxies[1]: '192.0.2.7/24' has bits set behind its prefix: write 192.0.2.0/24 "
            "for the network, or 192.0.2.7 for the one address\n"
            "http: {trusted_proxies: [10.0.0.0/8, 192.0.2.7/24]}\n"
            "                                     ^\n");
  EXPECT_EQ(said("http: {trusted_proxies: [\"2001:db8::/129\"]}\n"),
            "f.yaml:1:26: http.trusted_proxies[0]: '2001:db8::/129' has no prefix of 0 to 128 bits behind its '/'\n"
            "http: {trusted_proxies: [\"2001:db8::/129\"]}\n"
            "                         ^\n");
  EXPECT_EQ(said("http: {trusted_proxies: [proxy.example.com]}\n"),
            "f.yaml:1:26: http.trusted_proxies[0]: 'proxy.example.com' is not an IP address or network: write it like "
            "203.0.113.0/24, 2001:db8::/32 or 203.0.113.7; names are not looked up\n"
            "http: {trusted_proxies: [proxy.example.com]}\n"
            "                         ^\n");
  EXPECT_EQ(said("http: {trusted_proxies: 10.0.0.0/8}\n"),
            "f.yaml:1:25: http.trusted_proxies: must be a list, and is a single value\n"
            "http: {trusted_proxies: 10.0.0.0/8}\n"
            "                        ^\n");
  EXPECT_EQ(said("http: {trusted_proxies: [[]]}\n"),
            "f.yaml:1:26: http.trusted_proxies[0]: must be an IP address or network, and is a list\n"
            "http: {trusted_proxies: [[]]}\n"
            "                         ^\n");
}

TEST(Errors, TrustingEveryoneIsAWarning) {
  EXPECT_EQ(said("http: {trusted_proxies: [10.0.0.0/8, \"::/0\"]}\n"),
            "f.yaml:1:38: warning: http.trusted_proxies[1]: ::/0 is everyone: whoever connects can say to be any "
            "client\n"
            "http: {trusted_proxies: [10.0.0.0/8, \"::/0\"]}\n"
            "                                     ^\n");
}

TEST(Errors, ConnectionsPerAddress) {
  EXPECT_EQ(said("http: {max_connections_per_address: -1}\n"),
            "f.yaml:1:37: http.max_connections_per_address: '-1' is not a whole number\n"
            "http: {max_connections_per_address: -1}\n"
            "                                    ^\n");
  EXPECT_EQ(said("http: {max_connections: 10, max_connections_per_address: 11}\n"),
            "f.yaml:1:58: http.max_connections_per_address (11) is more than http.max_connections (10): it would never "
            "act\n"
            "http: {max_connections: 10, max_connections_per_address: 11}\n"
            "                                                         ^\n");
}

TEST(Errors, TheSpoolsFolder) {
  EXPECT_EQ(said("spool: {path: spool}\n"),
            "f.yaml:1:15: spool.path: 'spool' is not a whole path, such as /var/lib/hookferry\n"
            "spool: {path: spool}\n"
            "              ^\n");
  EXPECT_EQ(said("spool: {path: \"/a\\nb\"}\n"),
            "f.yaml:1:15: spool.path: has a control character\n"
            "spool: {path: \"/a\\nb\"}\n"
            "              ^\n");
}

TEST(Errors, DuplicateKey) {
  EXPECT_EQ(said("http:\n  threads: 1\n  listen: \":80\"\n  threads: 2\nhttp: {}\n"),
            "f.yaml:4:3: http.threads: given twice: first on line 2\n"
            "  threads: 2\n"
            "  ^\n"
            "f.yaml:5:1: http: given twice: first on line 1\n"
            "http: {}\n"
            "^\n");
}

TEST(Errors, WrongTypes) {
  EXPECT_EQ(said("http: [a]\n"),
            "f.yaml:1:7: http: must be a map of keys, and is a list\n"
            "http: [a]\n"
            "      ^\n");
  EXPECT_EQ(said("http: {ack_deadline: {}}\n"),
            "f.yaml:1:22: http.ack_deadline: must be a duration, and is a map\n"
            "http: {ack_deadline: {}}\n"
            "                     ^\n");
  EXPECT_EQ(said("kafka: {bootstrap_servers: localhost}\n"),
            "f.yaml:1:28: kafka.bootstrap_servers: must be a list, and is a single value\n"
            "kafka: {bootstrap_servers: localhost}\n"
            "                           ^\n");
  EXPECT_EQ(said("http: {max_connections: many}\n"),
            "f.yaml:1:25: http.max_connections: 'many' is not a whole number\n"
            "http: {max_connections: many}\n"
            "                        ^\n");
  EXPECT_EQ(said("http: {max_connections: \"10\"}\n"),
            "f.yaml:1:25: http.max_connections: '10' is not a whole number: write it without quotes\n"
            "http: {max_connections: \"10\"}\n"
            "                        ^\n");
  EXPECT_EQ(said("kafka: {create_topics: {enabled: yes}}\n"),
            "f.yaml:1:34: kafka.create_topics.enabled: 'yes' is not true or false\n"
            "kafka: {create_topics: {enabled: yes}}\n"
            "                                 ^\n");
  EXPECT_EQ(said("log: {level: loud}\n"),
            "f.yaml:1:14: log.level: 'loud' is not one of debug | info | warn | error\n"
            "log: {level: loud}\n"
            "             ^\n");
  EXPECT_EQ(said("[a, b]: c\n"),
            "f.yaml:1:1: a key must be a word\n"
            "[a, b]: c\n"
            "^\n");
}

TEST(Errors, NoValue) {
  EXPECT_EQ(said("http:\n  ack_deadline:\n  idle_timeout: ~\nadmin: {listen: \":1\"}\n"),
            "f.yaml:2:3: http.ack_deadline: has no value: give it a duration, or remove the key\n"
            "  ack_deadline:\n"
            "  ^\n"
            "f.yaml:3:3: http.idle_timeout: has no value: give it a duration, or remove the key\n"
            "  idle_timeout: ~\n"
            "  ^\n");
}

TEST(Errors, WrongUnits) {
  EXPECT_EQ(said("http: {ack_deadline: 4}\n"),
            "f.yaml:1:22: http.ack_deadline: '4' is not a duration: write a whole number and a unit, such as 250ms, 4s "
            "or 24h\n"
            "http: {ack_deadline: 4}\n"
            "                     ^\n");
  EXPECT_EQ(
      said("http: {max_body: 1MB}\n"),
      "f.yaml:1:18: http.max_body: '1MB' is not a size: write a whole number and a unit, such as 64KiB, 1MiB or 1GiB\n"
      "http: {max_body: 1MB}\n"
      "                 ^\n");
}

TEST(Errors, OutOfRange) {
  EXPECT_EQ(said("kafka: {linger: 6ms}\n"),
            "f.yaml:1:17: kafka.linger: 6ms is out of range: 0us to 5ms\n"
            "kafka: {linger: 6ms}\n"
            "                ^\n");
  EXPECT_EQ(said("kafka: {create_topics: {replication_factor: 0}}\n"),
            "f.yaml:1:45: kafka.create_topics.replication_factor: 0 is out of range: -1, or 1 to 32767\n"
            "kafka: {create_topics: {replication_factor: 0}}\n"
            "                                            ^\n");
  EXPECT_EQ(said("http: {threads: 99999999999999999999}\n"),
            "f.yaml:1:17: http.threads: 99999999999999999999 is out of range: auto, or 1 to 64\n"
            "http: {threads: 99999999999999999999}\n"
            "                ^\n");
}

TEST(Errors, EveryRangeHoldsAtBothEnds) {
  const auto good = [](std::string_view text) { return said(text).empty(); };
  EXPECT_TRUE(good("http: {ack_deadline: 50ms}\n"));
  EXPECT_TRUE(good("http: {ack_deadline: 25s}\nshutdown: {flush: 25s}\n"));
  EXPECT_FALSE(good("http: {ack_deadline: 49ms}\n"));
  EXPECT_FALSE(good("http: {ack_deadline: 25001ms}\n"));
  EXPECT_TRUE(good("kafka: {linger: 5ms}\n"));
  EXPECT_TRUE(good("spool: {path: /s, max_size: 16MiB, after: 1ms}\n"));
  EXPECT_TRUE(good("spool: {path: /s, max_size: 1024GiB, after: 10s}\nhttp: {ack_deadline: 11s}\n"));
  EXPECT_FALSE(good("spool: {path: /s, max_size: 16383KiB}\n"));
  EXPECT_FALSE(good("spool: {path: /s, max_size: 1025GiB}\n"));
  EXPECT_FALSE(good("spool: {path: /s, after: 999us}\n"));
  EXPECT_FALSE(good("spool: {path: /s, after: 10001ms}\nhttp: {ack_deadline: 11s}\n"));
  EXPECT_FALSE(good("kafka: {linger: 5001us}\n"));
  EXPECT_TRUE(good("dedupe: {ttl: 30d}\n"));
  EXPECT_FALSE(good("dedupe: {ttl: 721h}\n"));
  EXPECT_TRUE(good("dedupe: {warmup: 30d}\n"));
  EXPECT_FALSE(good("dedupe: {warmup: 721h}\n"));
  EXPECT_FALSE(good("dedupe: {warmup: 0}\n"));
  EXPECT_TRUE(good("dedupe: {warmup_timeout: 1s}\n"));
  EXPECT_FALSE(good("dedupe: {warmup_timeout: 999ms}\n"));
  EXPECT_FALSE(good("dedupe: {warmup_timeout: 601s}\n"));
  EXPECT_TRUE(good("http: {threads: 64}\n"));
  EXPECT_FALSE(good("http: {threads: 0}\n"));
  EXPECT_FALSE(good("http: {threads: 65}\n"));
  EXPECT_FALSE(good("http: {max_body: 1023B}\n"));
}

TEST(Errors, Addresses) {
  EXPECT_EQ(said("admin: {listen: localhost:8081}\n"),
            "f.yaml:1:17: admin.listen: 'localhost:8081' is not an address to listen on: write an IP address and a "
            "port, such as 127.0.0.1:8080, \"[::]:8080\" or \":8080\"\n"
            "admin: {listen: localhost:8081}\n"
            "                ^\n");
  EXPECT_EQ(said("kafka: {bootstrap_servers: [\"a b:1\", embedded]}\n"),
            "f.yaml:1:29: kafka.bootstrap_servers[0]: 'a b:1' is not a server: write HOST:PORT, such as "
            "kafka-1.example.com:9092\n"
            "kafka: {bootstrap_servers: [\"a b:1\", embedded]}\n"
            "                            ^\n"
            "f.yaml:1:38: kafka.bootstrap_servers[1]: the embedded broker is for trying out: start with --kafka "
            "embedded instead\n"
            "kafka: {bootstrap_servers: [\"a b:1\", embedded]}\n"
            "                                     ^\n");
  EXPECT_EQ(said("kafka: {bootstrap_servers: []}\n"),
            "f.yaml:1:28: kafka.bootstrap_servers: is empty: write where Kafka is, such as [localhost:9092]\n"
            "kafka: {bootstrap_servers: []}\n"
            "                           ^\n");
}

TEST(Errors, NoSource) {
  EXPECT_EQ(
      problems_of("# the bridge\nhttp: {}\n"),
      "f.yaml:2:1: sources: there is none, so nothing would be taken: add one, such as {name: glossi, preset: glossi, "
      "secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n"
      "http: {}\n"
      "^\n");
  EXPECT_EQ(
      problems_of("http: {}\nsources: []\n"),
      "f.yaml:2:10: sources: there is none, so nothing would be taken: add one, such as {name: glossi, preset: glossi, "
      "secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n"
      "sources: []\n"
      "         ^\n");
}

TEST(Errors, EmptyFile) {
  for (const std::string_view text : {"", "\n", "# nothing\n", "---\n", "~\n"}) {
    const std::string problems = problems_of(text);
    EXPECT_EQ(problems.substr(0, problems.find('\n')),
              "f.yaml:1:1: the file is empty: it needs at least a source; see docs/configuration.md")
        << text;
  }
}

TEST(Errors, NotAMap) {
  EXPECT_EQ(problems_of("- a\n"),
            "f.yaml:1:1: the file must be a map of keys, such as 'sources:'\n"
            "- a\n"
            "^\n");
}

TEST(Errors, AllAtOnceInTheOrderOfTheFile) {
  const Loaded loaded = load_text(
      "log: {level: loud}\n"
      "sources:\n"
      "  - {name: Bad Name, preset: glossi, secrets: [{env: NOT_SET}]}\n"
      "dedupe: {ttl: 1h}\n"
      "admin: {listen: \":8080\"}\n"
      "kafka: {properties: {acks: 1}}\n");
  EXPECT_FALSE(loaded.config);
  EXPECT_EQ(
      all(loaded),
      "f.yaml:1:14: log.level: 'loud' is not one of debug | info | warn | error\n"
      "log: {level: loud}\n"
      "             ^\n"
      "f.yaml:3:12: sources[0].name: 'Bad Name' is not a source name: 1 to 32 of a-z, 0-9 and '-'\n"
      "  - {name: Bad Name, preset: glossi, secrets: [{env: NOT_SET}]}\n"
      "           ^\n"
      "f.yaml:3:54: sources[0].secrets[0]: the environment variable NOT_SET is not set: set it to the secret\n"
      "  - {name: Bad Name, preset: glossi, secrets: [{env: NOT_SET}]}\n"
      "                                                     ^\n"
      "f.yaml:4:15: warning: dedupe.ttl: a sender's last retry can come 2 h 36 min after its first attempt: less than "
      "156m lets such a duplicate through\n"
      "dedupe: {ttl: 1h}\n"
      "              ^\n"
      "f.yaml:5:17: admin.listen ([::]:8080) and http.listen ([::]:8080) take the same port: give one of them another\n"
      "admin: {listen: \":8080\"}\n"
      "                ^\n"
      "f.yaml:6:22: kafka.properties.acks: acks is fixed to all: a 200 rests on it\n"
      "kafka: {properties: {acks: 1}}\n"
      "                     ^\n");
}

TEST(Errors, ColumnsCountCharactersAndTheCaretKeepsTabs) {
  EXPECT_EQ(said("log: {\"\xc3\xa9\xc3\xa9\": 1, level: loud}\n").substr(0, 46),
            "f.yaml:1:7: unknown key 'log.\\xc3\\xa9\\xc3\\xa9'");
  EXPECT_NE(said("log: {format: \"\xc3\xa9\xc3\xa9\", level: loud}\n").find("f.yaml:1:28: log.level"),
            std::string::npos);
  EXPECT_NE(said("log:\t{level: loud}\n").find("log:\t{level: loud}\n    \t        ^\n"), std::string::npos);
}

TEST(Format, CutsALongLine) {
  Problem problem;
  problem.file = "f";
  problem.line = 1;
  problem.column = 200;
  problem.message = "m";
  problem.excerpt = std::string(300, 'x');
  EXPECT_EQ(format(problem), "f:1:200: m\n" + std::string(120, 'x') + "...");
  problem.column = 3;
  EXPECT_EQ(format(problem), "f:1:3: m\n" + std::string(120, 'x') + "...\n  ^");
}

TEST(Format, WithoutAPlaceOrAFile) {
  Problem problem;
  problem.message = "m";
  EXPECT_EQ(format(problem), "m");
  problem.severity = Problem::Severity::warning;
  problem.file = "--listen";
  EXPECT_EQ(format(problem), "--listen: warning: m");
}

}  // namespace
}  // namespace hookferry::config
