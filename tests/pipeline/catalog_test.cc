#include "pipeline/catalog.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hookferry::pipeline {
namespace {

TEST(Catalog, GivesEveryNameOneIdForGood) {
  Catalog catalog;
  EXPECT_EQ(catalog.source("glossi"), 0);
  EXPECT_EQ(catalog.source("meshqa"), 1);
  EXPECT_EQ(catalog.source("glossi"), 0);
  EXPECT_EQ(catalog.event(1, "validation.completed"), 0);
  EXPECT_EQ(catalog.event(0, "job.complete"), 0);
  EXPECT_EQ(catalog.event(0, "job.failed"), 1);
  EXPECT_EQ(catalog.event(0, "job.complete"), 0);
  EXPECT_EQ(catalog.topic("glossi.job.complete"), 0);
  EXPECT_EQ(catalog.topic("glossi-quarantine"), 1);
  EXPECT_EQ(catalog.topic("glossi.job.complete"), 0);
  EXPECT_EQ(catalog.sources(), 2u);
  EXPECT_EQ(catalog.events(0), 2u);
  EXPECT_EQ(catalog.topics(), 2u);
  EXPECT_EQ(catalog.source_name(1), "meshqa");
  EXPECT_EQ(catalog.event_name(0, 1), "job.failed");
  EXPECT_EQ(catalog.topic_name(1), "glossi-quarantine");
}

TEST(Catalog, SaysWhenThereAreNoIdsLeft) {
  Catalog catalog;
  for (std::size_t i = 0; i < Catalog::max_ids; ++i) ASSERT_TRUE(catalog.topic(cat("topic-", i)));
  EXPECT_FALSE(catalog.topic("one more"));
  EXPECT_EQ(catalog.topic("topic-7"), 7) << "those that are there keep theirs";
}

}  // namespace
}  // namespace hookferry::pipeline
