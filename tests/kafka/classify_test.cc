#include "kafka/classify.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace hookferry::kafka {
namespace {

TEST(Classify, NamesNoErrorTwiceAndGivesEachAReason) {
  std::set<rd_kafka_resp_err_t> seen;
  for (const Classification& row : classifications()) {
    EXPECT_TRUE(seen.insert(row.error).second) << rd_kafka_err2name(row.error);
    EXPECT_FALSE(row.reason.empty()) << rd_kafka_err2name(row.error);
    EXPECT_EQ(classify(row.error), row.refusal) << rd_kafka_err2name(row.error);
  }
}

TEST(Classify, WhatTheFlightOfAnEventRestsOn) {
  const std::map<rd_kafka_resp_err_t, Refusal> expected{
      {RD_KAFKA_RESP_ERR_NO_ERROR, Refusal::none},
      {RD_KAFKA_RESP_ERR__QUEUE_FULL, Refusal::queue_full},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Refusal::topic_unknown},
      {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Refusal::topic_unknown},
      {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Refusal::topic_unknown},
      {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Refusal::topic_unknown},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Refusal::topic_not_authorized},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Refusal::topic_not_authorized},
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Refusal::record_too_large},
      {RD_KAFKA_RESP_ERR_INVALID_RECORD, Refusal::record_invalid},
      {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Refusal::record_invalid},
      {RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, Refusal::record_invalid},
      {RD_KAFKA_RESP_ERR_UNKNOWN, Refusal::transient},
      {RD_KAFKA_RESP_ERR_INVALID_MSG, Refusal::transient},
      {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Refusal::transient},
      {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Refusal::transient},
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Refusal::transient},
      {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Refusal::timed_out},
      {RD_KAFKA_RESP_ERR__FATAL, Refusal::fatal},
      {RD_KAFKA_RESP_ERR__PURGE_QUEUE, Refusal::fatal},
  };
  for (const auto& [error, refusal] : expected) EXPECT_EQ(classify(error), refusal) << rd_kafka_err2name(error);
}

TEST(Classify, AnErrorThatNobodyKnowsIsTransient) {
  EXPECT_EQ(classify(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT), Refusal::transient);
  EXPECT_EQ(classify(RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED), Refusal::transient);
}

}  // namespace
}  // namespace hookferry::kafka
