// What `hookferry topics` prints. That Kafka's own tools take it: tests/integration/test_kafka_check.py.
#include "cli/topics.h"

#include <gmock/gmock.h>

namespace hookferry::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

config::Config configured() {
  config::Config config;
  config.kafka.bootstrap_servers = {"a:1", "b:2"};
  config::Source source;
  source.name = "meshqa";
  source.preset = "meshqa";
  config.sources = {source};
  return config;
}

TopicsToMake to_make(const config::Config& config) {
  return {"a:1,b:2", config.kafka, "User:hookferry", app::wanted_topics(config)};
}

TEST(Topics, AsText) {
  EXPECT_EQ(
      topics_as_text(to_make(configured())),
      "2 topics at a:1,b:2, each with 6 partitions and the broker's default of replicas; rights of User:hookferry:\n"
      "  meshqa.validation.completed  validation.completed of meshqa  Write Describe DescribeConfigs Read Create\n"
      "  meshqa-quarantine            quarantine of meshqa            Write Describe DescribeConfigs Create\n"
      "hookferry makes those that are missing itself (kafka.create_topics), and needs Create for it alone.\n");
}

TEST(Topics, NeedTheRightsThatTheConfigurationUses) {
  config::Config config = configured();
  config.dedupe.warmup = Duration::zero();
  config.kafka.create_topics = false;
  EXPECT_THAT(topics_as_text(to_make(config)),
              AllOf(Not(HasSubstr("Read")), Not(HasSubstr("Create ")), HasSubstr("makes none of them")));
}

TEST(Topics, ByKafkasToolsAreQuotedForTheShell) {
  config::Config config = configured();
  config.kafka.replication_factor = 3;
  config.kafka.topic_config = {{"retention.ms", "it's 1"}};
  TopicsToMake wanted = to_make(config);
  wanted.principal = "User:CN=hook ferry";
  const std::string script = topics_as_kafka_cli(wanted);
  EXPECT_THAT(script,
              HasSubstr("kafka kafka-topics.sh --create --if-not-exists --topic meshqa-quarantine --partitions 6 "
                        "--replication-factor 3 --config 'retention.ms=it'\\''s 1'\n"));
  EXPECT_THAT(script, HasSubstr("kafka kafka-acls.sh --add --allow-principal 'User:CN=hook ferry' --operation Write "
                                "--operation Describe --operation DescribeConfigs --operation Read --operation Create "
                                "\\\n  --topic meshqa.validation.completed\n"));
}

TEST(Topics, ForStrimziHaveNamesThatKubernetesTakes) {
  config::Config config = configured();
  config.kafka.topic = "Mesh_{event}";
  config.kafka.topic_config = {{"retention.ms", "1"}};
  const std::string yaml = topics_as_strimzi(to_make(config));
  EXPECT_THAT(yaml, HasSubstr("kind: KafkaTopic\nmetadata:\n  name: \"mesh-validation.completed\"\n"));
  EXPECT_THAT(yaml, HasSubstr("topicName: \"Mesh_validation.completed\"\n  partitions: 6\n  config:\n"
                              "    retention.ms: \"1\"\n"));
  EXPECT_THAT(yaml, HasSubstr("kind: KafkaUser\nmetadata:\n  name: \"hookferry\"\n"));
  EXPECT_THAT(yaml, Not(HasSubstr("replicas"))) << "the broker's default";
  EXPECT_THAT(yaml,
              HasSubstr("patternType: literal}\n        operations: [Write, Describe, DescribeConfigs, Create]\n"));
}

TEST(Topics, ForTerraform) {
  config::Config config = configured();
  config.kafka.topic_config = {{"retention.ms", "${x}"}};
  const std::string hcl = topics_as_terraform(to_make(config));
  EXPECT_THAT(
      hcl, HasSubstr("\"meshqa-quarantine\"           = [\"Write\", \"Describe\", \"DescribeConfigs\", \"Create\"]\n"));
  EXPECT_THAT(hcl, HasSubstr("\"retention.ms\" = \"$${x}\"\n"));
}

}  // namespace
}  // namespace hookferry::cli
