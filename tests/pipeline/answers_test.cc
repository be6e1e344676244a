#include "pipeline/answers.h"

#include <gtest/gtest.h>

namespace hookferry::pipeline {
namespace {

Outcome outcome(Outcome::Kind kind) {
  Outcome out;
  out.kind = kind;
  out.id[0] = 0x86;
  return out;
}

TEST(AnswersTest, AreTheContracts) {
  EXPECT_EQ(answer_for(outcome(Outcome::Kind::accepted)).status, 200);
  EXPECT_EQ(answer_for(outcome(Outcome::Kind::accepted)).body,
            R"({"status":"accepted","id":"86000000000000000000000000000000"})");
  EXPECT_EQ(answer_for(outcome(Outcome::Kind::duplicate)).body,
            R"({"status":"duplicate","id":"86000000000000000000000000000000"})");
  Outcome quarantined = outcome(Outcome::Kind::quarantined);
  quarantined.quarantine = Quarantine::unknown_event;
  EXPECT_EQ(answer_for(quarantined).status, 200);
  EXPECT_EQ(answer_for(quarantined).body, R"({"status":"quarantined","reason":"unknown_event"})");
  const Answer unavailable = answer_for(outcome(Outcome::Kind::unavailable));
  EXPECT_EQ(unavailable.status, 503);
  EXPECT_GT(unavailable.retry_after_seconds, 0);
  EXPECT_EQ(unavailable.body, R"({"error":"unavailable"})");
}

TEST(AnswersTest, EveryRejectionIsToldInTheSameWords) {
  const Answer first = answer_for(outcome(Outcome::Kind::rejected));
  EXPECT_EQ(first.status, 401);
  for (std::size_t i = 0; i < std::size(rejection_names); ++i) {
    Outcome rejected = outcome(Outcome::Kind::rejected);
    rejected.rejection = static_cast<Rejection>(i);
    EXPECT_EQ(answer_for(rejected).body, first.body);
  }
}

}  // namespace
}  // namespace hookferry::pipeline
