#include <gtest/gtest.h>

#include "base/log.h"

namespace hookferry {
namespace {

std::string truncated(std::string_view address) {
  return truncate_address(IpAddress::parse(address).value());
}

TEST(TruncateAddress, ShowsTheNetworkAlone) {
  EXPECT_EQ(truncated("203.0.113.77"), "203.0.113.0/24");
  EXPECT_EQ(truncated("2001:db8:1234:5678:9abc::1"), "2001:db8:1234::/48");
  EXPECT_EQ(truncated("::1"), "::/48");
}

TEST(TruncateAddress, TakesAnIpv4AddressOfADualStackListenerAsSuch) {
  EXPECT_EQ(truncated("::ffff:203.0.113.77"), "203.0.113.0/24");
}

}  // namespace
}  // namespace hookferry
