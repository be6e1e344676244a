#include "config/topic_names.h"

#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::HasSubstr;

TEST(TopicNames, EachEventAndTheQuarantine) {
  Config config;
  config.sources.push_back({"qa", "meshqa", "/x", {}, {"new.event", "validation.completed"}, {}, {}, {}});
  std::vector<std::string> topics;
  for (const TopicUse& use : topic_uses(config)) topics.push_back(use.topic);
  EXPECT_THAT(topics, testing::ElementsAre("qa.validation.completed", "qa.new.event", "qa-quarantine"));
  EXPECT_TRUE(check_topics(config).empty());
}

TEST(TopicNames, Templates) {
  for (const std::string_view good : {"{source}.{event}", "a_{event}-{source}", "x", "{event}{event}"}) {
    EXPECT_EQ(check_topic(good), "") << good;
  }
  for (const std::string_view bad : {"", "{source", "{sources}", "a b", "a/b", "{}", "{{event}}", "\xc3\xa9"}) {
    EXPECT_NE(check_topic(bad), "") << bad;
  }
  EXPECT_EQ(check_quarantine_topic("{source}-quarantine"), "");
  EXPECT_EQ(check_quarantine_topic("{source}.{event}"),
            "'{source}.{event}' is not a topic name: letters, digits, '.', '_', '-' and {source}");
}

TEST(TopicNames, WhatKafkaAllows) {
  EXPECT_EQ(check_topic_name("a.B_9-x"), "");
  EXPECT_EQ(check_topic_name(std::string(249, 'x')), "");
  EXPECT_THAT(check_topic_name(std::string(250, 'x')), HasSubstr("has 250 characters: Kafka allows 249"));
  EXPECT_EQ(check_topic_name("."), "topic '.': Kafka does not allow this name");
  EXPECT_EQ(check_topic_name(".."), "topic '..': Kafka does not allow this name");
  EXPECT_EQ(check_topic_name("..."), "");
  EXPECT_NE(check_topic_name(""), "");
  EXPECT_NE(check_topic_name("a b"), "");
}

std::string with_kafka(std::string_view kafka, std::string_view keys = "") {
  return cat("kafka: {", kafka, "}\nsources:\n- {name: glossi, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]",
             keys, "}\n");
}

TEST(TopicNames, OneTopicForSeveral) {
  EXPECT_EQ(problems_of(with_kafka("topic: \"{source}\"")),
            "f.yaml:1:16: topic glossi would take model.processed of glossi, model.failed of glossi and 5 more: each "
            "needs a topic of its own; use {source} and {event}\n"
            "kafka: {topic: \"{source}\"}\n"
            "               ^\n");
  EXPECT_EQ(problems_of(with_kafka("quarantine_topic: \"{source}.job.failed\"")),
            "f.yaml:1:27: topic glossi.job.failed would take job.failed of glossi and the quarantine of glossi: each "
            "needs a topic of its own; use {source} and {event}\n"
            "kafka: {quarantine_topic: \"{source}.job.failed\"}\n"
            "                          ^\n");
  EXPECT_EQ(problems_of("kafka:\n  quarantine_topic: bad\nsources:\n"
                        "- {name: a, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n"
                        "- {name: b, preset: meshqa, secrets: [{env: MESHQA_WEBHOOK_SECRET}]}\n"),
            "f.yaml:2:21: topic bad would take the quarantine of a and the quarantine of b: each needs a topic of its "
            "own; use {source} and {event}\n"
            "  quarantine_topic: bad\n"
            "                    ^\n");
}

TEST(TopicNames, SourcesMayShareATemplateThatTellsThemApartByEvent) {
  EXPECT_EQ(problems_of("kafka: {topic: \"{event}\"}\nsources:\n"
                        "- {name: a, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n"
                        "- {name: b, preset: meshqa, secrets: [{env: MESHQA_WEBHOOK_SECRET}]}\n"),
            "");
}

TEST(TopicNames, DotsAndUnderscores) {
  EXPECT_EQ(problems_of(with_kafka("", ", events: [other, job_complete]")),
            "f.yaml:3:91: topics glossi.job.complete and glossi.job_complete differ only in '.' and '_': in Kafka's "
            "metrics they are one, so Kafka refuses the second\n"
            "- {name: glossi, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}], events: [other, job_complete]}\n"
            "                                                                                          ^\n");
}

TEST(TopicNames, TooLong) {
  EXPECT_THAT(
      problems_of(with_kafka(cat("topic: \"", std::string(235, 'x'), ".{event}\""))),
      HasSubstr("f.yaml:1:16: topic xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... has 251 characters: Kafka allows 249"));
}

}  // namespace
}  // namespace hookferry::config
