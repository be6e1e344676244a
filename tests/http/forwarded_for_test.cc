#include "http/forwarded_for.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookferry::http {
namespace {

/// The client by these lines of X-Forwarded-For, from a peer; 10.0.0.0/8 and 2001:db8:1::/48 are trusted.
std::string client(std::string_view peer, const std::vector<std::string_view>& lines) {
  const std::vector<Network> trusted{Network::parse("10.0.0.0/8").value(), Network::parse("2001:db8:1::/48").value()};
  std::vector<std::pair<std::string_view, std::string_view>> headers{{"Host", "h"}};
  for (const std::string_view line : lines) headers.emplace_back("X-Forwarded-For", line);
  headers.emplace_back("X-Forwarded-Fo", "192.0.2.99");
  headers.emplace_back("Forwarded", "for=192.0.2.98");
  return forwarded_for(IpAddress::parse(peer).value(), headers, trusted).text();
}

TEST(ForwardedFor, IsNotReadOfAPeerThatIsNotTrusted) {
  EXPECT_EQ(client("198.51.100.1", {"192.0.2.1"}), "198.51.100.1");
  EXPECT_EQ(client("198.51.100.1", {"192.0.2.1, 10.0.0.1"}), "198.51.100.1");
}

TEST(ForwardedFor, OfATrustedPeerIsItsLastEntry) {
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("::ffff:10.0.0.1", {"::ffff:192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("2001:db8:1::1", {" \t2001:db8:2::7\t "}), "2001:db8:2::7");
}

// What a client claims of itself stands left of what the proxy adds.
TEST(ForwardedFor, WhatAClientClaimsIsNotReached) {
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1, 10.0.0.9,192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1", "192.0.2.1"}), "192.0.2.1");
}

TEST(ForwardedFor, PassesOverTrustedProxies) {
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1, 192.0.2.1 , 10.0.0.2,10.9.9.9"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1, 10.0.0.3", "10.0.0.2"}), "192.0.2.1") << "several lines are one list";
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.3, 2001:db8:1::5"}), "10.0.0.3") << "all are trusted: the first of them";
}

TEST(ForwardedFor, StopsAtWhatIsNoAddress) {
  for (const std::string_view bad : {"unknown", "", " ", "_hidden", "192.0.2.1:1234", "[2001:db8::1]", "192.0.2.01",
                                     "10.0.0.0/8", "192.0.2.1 192.0.2.2", "\"192.0.2.1\""}) {
    EXPECT_EQ(client("10.0.0.1", {bad}), "10.0.0.1") << bad;
    const std::string list = "192.0.2.7, " + std::string(bad) + ", 10.0.0.2";
    EXPECT_EQ(client("10.0.0.1", {list}), "10.0.0.2") << list;
    EXPECT_EQ(client("10.0.0.1", {"192.0.2.7", bad}), "10.0.0.1") << bad;
  }
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.7,"}), "10.0.0.1");
}

TEST(ForwardedFor, TheNameIsOfAnyCase) {
  const std::vector<Network> trusted{Network::parse("10.0.0.1").value()};
  const std::vector<std::pair<std::string_view, std::string_view>> headers{{"x-FORWARDED-for", "192.0.2.1"}};
  EXPECT_EQ(forwarded_for(IpAddress::parse("10.0.0.1").value(), headers, trusted).text(), "192.0.2.1");
}

}  // namespace
}  // namespace hookferry::http
