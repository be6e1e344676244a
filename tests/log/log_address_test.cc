#include <gtest/gtest.h>

#include "base/log.h"

namespace hookferry {
namespace {

TEST(TruncateAddress, ShowsTheNetworkAlone) {
  EXPECT_EQ(truncate_address("203.0.113.77"), "203.0.113.0/24");
  EXPECT_EQ(truncate_address("2001:db8:1234:5678:9abc::1"), "2001:db8:1234::/48");
  EXPECT_EQ(truncate_address("::1"), "::/48");
}

TEST(TruncateAddress, TakesAnIpv4AddressOfADualStackListenerAsSuch) {
  EXPECT_EQ(truncate_address("::ffff:203.0.113.77"), "203.0.113.0/24");
}

TEST(TruncateAddress, DropsTheInterface) {
  EXPECT_EQ(truncate_address("fe80::1%eth0"), "fe80::/48");
}

TEST(TruncateAddress, IsEmptyForWhatIsNoAddress) {
  for (const std::string_view text : {"", "host", "203.0.113", "203.0.113.7:80", "[::1]", "1.2.3.4\n", "::1 "}) {
    EXPECT_EQ(truncate_address(text), "") << text;
  }
  EXPECT_EQ(truncate_address(std::string_view("1.2.3.4\0x", 9)), "");
}

}  // namespace
}  // namespace hookferry
