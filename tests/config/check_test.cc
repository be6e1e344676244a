// What is wrong between keys that are each right.
#include <gtest/gtest.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

/// The first lines of each problem, without excerpts.
std::string said(std::string_view text) {
  std::string out;
  for (const Problem& problem : load_text(with_source(text)).problems) {
    const bool warning = problem.severity == Problem::Severity::warning;
    out += cat(problem.line, ":", problem.column, warning ? " warning: " : " ", problem.message, "\n");
  }
  return out;
}

TEST(Check, TwoListenersOfOnePort) {
  const auto clash = [](std::string_view http, std::string_view admin) {
    return !said(cat("http: {listen: \"", http, "\"}\nadmin: {listen: \"", admin, "\"}\n")).empty();
  };
  EXPECT_TRUE(clash("127.0.0.1:80", "127.0.0.1:80"));
  EXPECT_TRUE(clash("[::]:80", "127.0.0.1:80"));
  EXPECT_TRUE(clash("0.0.0.0:80", "127.0.0.1:80"));
  EXPECT_TRUE(clash("[::1]:80", ":80"));
  EXPECT_TRUE(clash("[0:0::1]:80", "[::1]:80"));
  EXPECT_FALSE(clash("127.0.0.1:80", "127.0.0.2:80"));
  EXPECT_FALSE(clash("[::1]:80", "127.0.0.1:80"));
  EXPECT_FALSE(clash("[::1]:80", "0.0.0.0:80"));
  EXPECT_FALSE(clash(":80", ":81"));
  EXPECT_FALSE(clash(":0", ":0"));
}

TEST(Check, ThePlaceIsThatOfTheKeyThatWasGiven) {
  EXPECT_EQ(
      said("http: {listen: \":8081\"}\n"),
      "1:16 admin.listen (127.0.0.1:8081) and http.listen ([::]:8081) take the same port: give one of them another\n");
}

TEST(Check, WhatWouldNeverFit) {
  EXPECT_EQ(said("http: {max_buffered: 900KiB}\n"),
            "1:22 http.max_buffered (900KiB) is less than http.max_body and http.max_head together (912KiB): the "
            "largest request would never fit\n");
  EXPECT_EQ(said("delivery: {max_inflight_bytes: 900KiB}\n"),
            "1:32 delivery.max_inflight_bytes (900KiB) is less than http.max_body with its envelope (904KiB): the "
            "largest event would never fit\n");
  EXPECT_EQ(said("dedupe: {max_entries: 19999}\n"),
            "1:23 dedupe.max_entries (19999) is less than delivery.max_inflight_events (20000): each event under way "
            "needs an entry\n");
  EXPECT_EQ(
      said("dedupe: {max_entries: 20000}\nhttp: {max_buffered: 912KiB}\ndelivery: {max_inflight_bytes: 904KiB}\n"), "");
}

TEST(Check, ASpoolThatCouldNotWork) {
  EXPECT_EQ(said("spool: {max_size: 1GiB}\n"),
            "1:8 spool.path is missing: write the spool's folder, such as /var/lib/hookferry, or remove the section\n");
  EXPECT_EQ(
      said("spool: {path: /s, after: 4s}\n"),
      "1:26 spool.after (4s) is not shorter than http.ack_deadline (4s): events would be answered 503 before they "
      "are spooled\n");
  EXPECT_EQ(
      said("spool: {path: /s}\nhttp: {ack_deadline: 100ms}\n"),
      "2:22 spool.after (100ms) is not shorter than http.ack_deadline (100ms): events would be answered 503 before "
      "they are spooled\n");
  EXPECT_EQ(
      said("spool: {path: /s, max_size: 16MiB}\nhttp: {max_body: 2041KiB}\n"
           "kafka: {create_topics: {config: {max.message.bytes: 3000000}}}\n"),
      "1:29 spool.max_size (16MiB) is less than eight times http.max_body with its envelope (16392KiB): the largest "
      "event might never fit\n");
  EXPECT_EQ(said("spool: {path: /s, max_size: 16MiB}\n"), "");
  EXPECT_EQ(said("spool:\n"), "") << "all of it is commented out";
}

TEST(Check, RecordsThatTopicsWouldNotTake) {
  EXPECT_EQ(
      said("http: {max_body: 1MiB}\n"),
      "1:18 warning: http.max_body: the largest record (http.max_body with its envelope: 1032KiB) is more than Kafka "
      "takes by default (1048588 bytes): set max.message.bytes in kafka.create_topics.config to at least 1056768\n");
  EXPECT_EQ(said("http: {max_body: 1MiB}\nkafka: {create_topics: {config: {max.message.bytes: 1056768}}}\n"), "");
  EXPECT_EQ(said("kafka: {create_topics: {config: {max.message.bytes: 100000}}}\n"),
            "1:53 warning: kafka.create_topics.config: max.message.bytes (100000) is less than the largest record "
            "(http.max_body with its envelope: 904KiB): what does not fit is quarantined, or answered 503 where it "
            "fits nowhere\n");
}

TEST(Check, Durability) {
  EXPECT_EQ(said("kafka: {min_durability: require, create_topics: {replication_factor: 1}}\n"),
            "1:25 kafka.min_durability: require needs two replicas and min.insync.replicas 2, which topics made by "
            "kafka.create_topics would not have\n");
  EXPECT_EQ(said("kafka: {min_durability: require, create_topics: {enabled: false, replication_factor: 1}}\n"), "");
  EXPECT_EQ(said("kafka: {min_durability: require, create_topics: {replication_factor: 3, config: "
                 "{min.insync.replicas: 1}}}\n"),
            "1:25 kafka.min_durability: require needs two replicas and min.insync.replicas 2, which topics made by "
            "kafka.create_topics would not have\n");
  EXPECT_EQ(said("kafka: {create_topics: {replication_factor: 2, config: {min.insync.replicas: 3}}}\n"),
            "1:78 kafka.create_topics.config: min.insync.replicas (3) is more than replication_factor (2): Kafka would "
            "take no event\n");
}

TEST(Check, Times) {
  EXPECT_EQ(said("dedupe: {ttl: 156m}\n"), "");
  EXPECT_EQ(said("dedupe: {ttl: 155m}\n"),
            "1:15 warning: dedupe.ttl: a sender's last retry can come 2 h 36 min after its first attempt: less than "
            "156m lets such a duplicate through\n");
  EXPECT_EQ(said("shutdown: {flush: 3s}\n"),
            "1:19 warning: shutdown.flush (3s) is shorter than http.ack_deadline (4s): events under way at a stop get "
            "less time than at other times\n");
}

TEST(Check, TopicProperties) {
  EXPECT_EQ(said("kafka: {create_topics: {config: {Retention: 1, a.b: [1]}}}\n"),
            "1:34 kafka.create_topics.config: a topic's property has a name such as retention.ms\n"
            "1:53 kafka.create_topics.config.a.b: must be a single value, and is a list\n");
}

}  // namespace
}  // namespace hookferry::config
