#include "base/network.h"

#include <gtest/gtest.h>

namespace hookferry {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress());
}

Network network(std::string_view text) {
  const auto parsed = Network::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? *parsed : Network();
}

std::string problem(std::string_view text) {
  const auto parsed = Network::parse(text);
  return parsed ? "none: " + parsed->text() : parsed.error().message;
}

TEST(IpAddress, IsReadAndWritten) {
  for (const std::string_view text : {"0.0.0.0", "203.0.113.7", "255.255.255.255", "::", "::1", "2001:db8::a:0:1"}) {
    EXPECT_EQ(address(text).text(), text);
  }
  EXPECT_EQ(address("2001:0DB8:0:0::1").text(), "2001:db8::1");
  EXPECT_TRUE(address("1.2.3.4").is_v4());
  EXPECT_FALSE(address("::1").is_v4());
}

TEST(IpAddress, OfIpv4MappedIntoIpv6IsIpv4) {
  EXPECT_EQ(address("::ffff:203.0.113.7"), address("203.0.113.7"));
  EXPECT_EQ(address("::ffff:cb00:7107").text(), "203.0.113.7");
  EXPECT_NE(address("::203.0.113.7"), address("203.0.113.7")) << "compatible is not mapped";
  const std::uint8_t bytes[4] = {203, 0, 113, 7};
  const std::uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7};
  EXPECT_EQ(IpAddress::v4(bytes), IpAddress::v6(mapped));
}

TEST(IpAddress, NothingElseIsOne) {
  for (const std::string_view text :
       {"", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80",
        "1.2.3.4/32", "[::1]", "::1%eth0", ":::", "1::2::3", "12345::", "localhost", "unknown",
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:0000:1111:2222"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, FirstBits) {
  EXPECT_EQ(address("203.0.113.255").first_bits(32).text(), "203.0.113.255");
  EXPECT_EQ(address("203.0.113.255").first_bits(25).text(), "203.0.113.128");
  EXPECT_EQ(address("203.0.113.255").first_bits(0).text(), "0.0.0.0");
  EXPECT_EQ(address("2001:db8:1:2:3:4:5:6").first_bits(64).text(), "2001:db8:1:2::");
  EXPECT_EQ(address("2001:db8:ffff::").first_bits(33).text(), "2001:db8:8000::");
  EXPECT_EQ(address("2001:db8::1").first_bits(0).text(), "::");
}

TEST(Network, Contains) {
  EXPECT_TRUE(network("10.0.0.0/8").contains(address("10.255.0.1")));
  EXPECT_TRUE(network("10.0.0.0/8").contains(address("::ffff:10.1.2.3")));
  EXPECT_FALSE(network("10.0.0.0/8").contains(address("11.0.0.0")));
  EXPECT_TRUE(network("192.0.2.128/25").contains(address("192.0.2.129")));
  EXPECT_FALSE(network("192.0.2.128/25").contains(address("192.0.2.127")));
  EXPECT_TRUE(network("2001:db8::/32").contains(address("2001:db8:ffff::1")));
  EXPECT_FALSE(network("2001:db8::/32").contains(address("2001:db9::")));
}

TEST(Network, OfASingleAddress) {
  EXPECT_EQ(network("203.0.113.7"), network("203.0.113.7/32"));
  EXPECT_EQ(network("::1").text(), "::1/128");
  EXPECT_FALSE(network("::1").contains(address("::2")));
}

// 0.0.0.0/0 is all of IPv4 and ::/0 all of IPv6: an allow list with one of them says nothing of the other.
TEST(Network, OneOfAFamilyHasNothingOfTheOther) {
  EXPECT_TRUE(network("0.0.0.0/0").contains(address("198.51.100.1")));
  EXPECT_FALSE(network("0.0.0.0/0").contains(address("2001:db8::1")));
  EXPECT_TRUE(network("::/0").contains(address("2001:db8::1")));
  EXPECT_FALSE(network("::/0").contains(address("198.51.100.1")));
  EXPECT_FALSE(network("::/0").contains(address("::ffff:198.51.100.1")));
  EXPECT_TRUE(network("0.0.0.0/0").is_everyone());
  EXPECT_FALSE(network("0.0.0.0/1").is_everyone());
}

TEST(Network, WrittenAsMapped) {
  EXPECT_EQ(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
  EXPECT_EQ(network("::ffff:0:0/96"), network("0.0.0.0/0"));
  EXPECT_EQ(problem("::ffff:10.0.0.0/95"), "'::ffff:10.0.0.0/95' has no prefix of 96 to 128 bits behind its '/'");
}

TEST(Network, BitsBehindThePrefixSayWhatWasMeant) {
  EXPECT_EQ(problem("10.0.0.5/8"),
            "'10.0.0.5/8' has bits set behind its prefix: write 10.0.0.0/8 for the network, or 10.0.0.5 for the one "
            "address");
  EXPECT_EQ(problem("2001:db8::1/64"),
            "'2001:db8::1/64' has bits set behind its prefix: write 2001:db8::/64 for the network, or 2001:db8::1 for "
            "the one address");
  EXPECT_EQ(problem("1.1.1.1/0"),
            "'1.1.1.1/0' has bits set behind its prefix: write 0.0.0.0/0 for the network, or 1.1.1.1 for the one "
            "address");
}

TEST(Network, PrefixesThatAreNone) {
  for (const std::string_view text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+8",
                                      "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999"}) {
    EXPECT_EQ(problem(text), "'" + std::string(text) + "' has no prefix of 0 to 32 bits behind its '/'");
  }
  EXPECT_EQ(problem("2001:db8::/129"), "'2001:db8::/129' has no prefix of 0 to 128 bits behind its '/'");
}

TEST(Network, WhatIsNoAddress) {
  for (const std::string_view text : {"", "10/8", "10.0.0/24", "example.com", "[::]/0", "/8", "fe80::1%eth0/64", "*"}) {
    EXPECT_EQ(problem(text), "'" + std::string(text) +
                                 "' is not an IP address or network: write it like 203.0.113.0/24, 2001:db8::/32 or "
                                 "203.0.113.7; names are not looked up");
  }
}

TEST(Network, AnyOfSeveral) {
  const Network networks[] = {network("10.0.0.0/8"), network("2001:db8::/32")};
  EXPECT_TRUE(any_contains(networks, address("10.1.1.1")));
  EXPECT_TRUE(any_contains(networks, address("2001:db8::1")));
  EXPECT_FALSE(any_contains(networks, address("192.0.2.1")));
  EXPECT_FALSE(any_contains({}, address("10.1.1.1")));
}

}  // namespace
}  // namespace hookferry
