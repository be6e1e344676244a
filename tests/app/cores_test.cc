#include "app/cores.h"

#include <gtest/gtest.h>

namespace hookferry::app {
namespace {

TEST(CoresTest, ReadsACgroupsQuota) {
  EXPECT_EQ(cgroup_cores("200000 100000"), 2);
  EXPECT_EQ(cgroup_cores("250000 100000"), 2);
  EXPECT_EQ(cgroup_cores("50000 100000"), 1) << "half a core is still one loop";
  EXPECT_EQ(cgroup_cores("max 100000"), std::nullopt);
  EXPECT_EQ(cgroup_cores(""), std::nullopt);
  EXPECT_EQ(cgroup_cores("100000"), std::nullopt);
  EXPECT_EQ(cgroup_cores("100000 0"), std::nullopt);
}

TEST(CoresTest, ThereIsAlwaysOne) {
  EXPECT_GE(available_cores(), 1);
}

}  // namespace
}  // namespace hookferry::app
