#include "kafka/topic_problems.h"

#include <gmock/gmock.h>

namespace hookferry::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(TopicProblems, NameTheTopicAndWhatToDo) {
  EXPECT_EQ(missing_problem("glossi.job.complete"),
            "topic glossi.job.complete does not exist: create it, or set kafka.create_topics.enabled to true");
  EXPECT_THAT(metadata_problem("t", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
              AllOf(HasSubstr("topic t"), HasSubstr("DESCRIBE and WRITE")));
  EXPECT_THAT(metadata_problem("a b", RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION), HasSubstr("kafka.topic"));
  EXPECT_THAT(metadata_problem("t", RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE), HasSubstr("topic t can't be used now"));
  EXPECT_THAT(unreachable_problem("a:1", "refused"),
              AllOf(HasSubstr("a:1"), HasSubstr("refused"), HasSubstr("kafka.bootstrap_servers")));
}

TEST(TopicProblems, OfCreationNameTheKeyThatIsAtFault) {
  const TopicOptions options{.partitions = 7, .replication_factor = 3};
  const std::vector<std::pair<rd_kafka_resp_err_t, std::string>> cases{
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "grant CREATE"},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "kafka.create_topics.enabled"},
      {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, "kafka.create_topics.replication_factor is 3"},
      {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, "kafka.create_topics.partitions is 7"},
      {RD_KAFKA_RESP_ERR_INVALID_CONFIG, "kafka.create_topics.config"},
      {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "kafka.create_topics"},
      {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "kafka.topic"},
      {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, "kafka.create_topics.enabled"},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, "tried again"}};
  for (const auto& [error, part] : cases) {
    EXPECT_THAT(creation_problem("t", error, "the broker's words", options),
                AllOf(HasSubstr("topic t can't be created"), HasSubstr(part)))
        << rd_kafka_err2name(error);
  }
  EXPECT_EQ(creation_problem("t", RD_KAFKA_RESP_ERR_INVALID_CONFIG, "Unknown topic config name: x.", options),
            "topic t can't be created: Unknown topic config name: x: correct kafka.create_topics.config");
}

TEST(TopicProblems, OfDescriptionSayWhatIsAssumed) {
  EXPECT_THAT(description_problem("t", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ""),
              AllOf(HasSubstr("DESCRIBE_CONFIGS"), HasSubstr("1000000")));
  EXPECT_THAT(description_problem("t", RD_KAFKA_RESP_ERR__TIMED_OUT, ""),
              AllOf(HasSubstr("topic t"), HasSubstr("1000000")));
}

}  // namespace
}  // namespace hookferry::kafka
