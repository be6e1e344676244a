#include "config/address.h"

#include <gmock/gmock.h>

namespace hookferry::config {
namespace {

TEST(Listen, AddressesAndPorts) {
  const auto canonical = [](std::string_view text) {
    const Result<ListenAddress> address = parse_listen(text);
    return address ? to_string(*address) : std::string("none");
  };
  EXPECT_EQ(canonical("127.0.0.1:8080"), "127.0.0.1:8080");
  EXPECT_EQ(canonical("[::]:8080"), "[::]:8080");
  EXPECT_EQ(canonical("[0:0:0::1]:65535"), "[::1]:65535");
  EXPECT_EQ(canonical(":0"), "[::]:0");
  for (const std::string_view bad : {"", "8080", "localhost:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                     "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "::1:8080", "[::1]", "[::1:80",
                                     "[127.0.0.1]:80", "127.0.0.1:80 ", "127.1:80", "[fe80::1%eth0]:80", "[]:80"}) {
    EXPECT_EQ(canonical(bad), "none") << bad;
  }
}

TEST(BootstrapServers, HostsAndPorts) {
  for (const std::string_view good : {"localhost", "kafka-1.example.com:9092", "SASL_SSL://k:1",
                                      "PLAINTEXT://[::1]:9092", "[::1]", "10.0.0.1:65535", "a_b:1"}) {
    EXPECT_EQ(check_bootstrap_server(good), "") << good;
  }
  for (const std::string_view bad :
       {"", ":9092", "k:", "k:0", "k:65536", "k:x", "a,b", "a b", "ssl://k", "::1", "k/x", "[x]:1"}) {
    EXPECT_NE(check_bootstrap_server(bad), "") << bad;
  }
}

TEST(BootstrapServers, AreSplitAtCommas) {
  EXPECT_THAT(split_servers("a:1,b"), testing::ElementsAre("a:1", "b"));
  EXPECT_THAT(split_servers("a,"), testing::ElementsAre("a", ""));
}

}  // namespace
}  // namespace hookferry::config
