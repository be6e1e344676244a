#include "app/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace hookferry::app {
namespace {

TEST(OpenFiles, AreRaisedToTheHardLimit) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = before.rlim_max / 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(open_files(), low.rlim_cur);
  raise_open_files();
  EXPECT_EQ(open_files(), before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(OpenFiles, SomeAreLeftForOthers) {
  EXPECT_EQ(connections_within(20000), 19744u);
  EXPECT_EQ(connections_within(1024), 768u);
  EXPECT_EQ(connections_within(100), 75u);
  EXPECT_EQ(connections_within(1), 1u);
}

}  // namespace
}  // namespace hookferry::app
