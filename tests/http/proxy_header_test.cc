#include "http/proxy_header.h"

#include <gtest/gtest.h>

#include "tests/http/proxy_headers.h"

namespace hookferry::http {
namespace {

using Kind = ProxyHeader::Kind;
using testing::proxy_header;
using testing::proxy_signature;
using testing::proxy_v4;

const std::string v6_addresses =
    std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) + std::string(16, 'd') + "\x03\xe8\x01\xbb";

/// The verdict, which is the same however much follows, and `partial` before it for every smaller beginning down to
/// `decided` bytes.
ProxyHeader parse(const std::string& header, std::size_t decided) {
  const ProxyHeader whole = parse_proxy_header(header);
  for (std::size_t size = 0; size < header.size(); ++size) {
    const Kind kind = parse_proxy_header(std::string_view(header).substr(0, size)).kind;
    EXPECT_EQ(kind, size < decided ? Kind::partial : whole.kind) << size;
  }
  const ProxyHeader followed = parse_proxy_header(header + "POST / HTTP/1.1\r\n");
  EXPECT_EQ(followed.kind, whole.kind);
  EXPECT_EQ(followed.size, whole.size);
  EXPECT_EQ(followed.client, whole.client);
  return whole;
}

void expect_client(const std::string& header, std::string_view client) {
  const ProxyHeader parsed = parse(header, header.size());
  EXPECT_EQ(parsed.kind, Kind::whole);
  EXPECT_EQ(parsed.size, header.size());
  ASSERT_TRUE(parsed.client);
  EXPECT_EQ(parsed.client->text(), client);
}

void expect_no_client(const std::string& header) {
  const ProxyHeader parsed = parse(header, header.size());
  EXPECT_EQ(parsed.kind, Kind::whole);
  EXPECT_EQ(parsed.size, header.size());
  EXPECT_FALSE(parsed.client);
}

TEST(ProxyHeader, NamesTheClient) {
  expect_client(proxy_v4(192, 0, 2, 7), "192.0.2.7");
  expect_client(proxy_header(0x21, 0x21, v6_addresses), "2001:db8::7");
  const std::string mapped = std::string(10, '\0') + "\xff\xff\xc0" + std::string("\0\x02\x07", 3);
  expect_client(proxy_header(0x21, 0x21, mapped + std::string(20, '\0')), "192.0.2.7");
}

TEST(ProxyHeader, TypedValuesAreSkipped) {
  expect_client(proxy_v4(192, 0, 2, 7, std::string("\x04\x00\x05-----", 8)), "192.0.2.7");
  expect_client(proxy_v4(192, 0, 2, 7, "not even typed values"), "192.0.2.7");
  expect_client(proxy_header(0x21, 0x21, v6_addresses + std::string(500, 't')), "2001:db8::7");
}

TEST(ProxyHeader, TheProxySpeaksForItself) {
  expect_no_client(proxy_header(0x20, 0x00, ""));
  expect_no_client(proxy_header(0x20, 0x11, std::string(12, 'a')));
  expect_no_client(proxy_header(0x20, 0x11, ""));
  expect_no_client(proxy_header(0x20, 0xff, "of LOCAL nothing else is read"));
}

TEST(ProxyHeader, TheClientIsNotKnown) {
  expect_no_client(proxy_header(0x21, 0x00, ""));
  expect_no_client(proxy_header(0x21, 0x00, "ignored"));
}

TEST(ProxyHeader, OtherVersionsAndCommandsAreRefused) {
  for (unsigned command = 0; command < 256; ++command) {
    if (command == 0x20 || command == 0x21) continue;
    const auto refused = parse(proxy_header(static_cast<std::uint8_t>(command), 0x11, std::string(12, 'a')), 13);
    EXPECT_EQ(refused.kind, Kind::refused) << command;
  }
}

TEST(ProxyHeader, OtherFamiliesAndProtocolsAreRefused) {
  for (unsigned family = 1; family < 256; ++family) {
    if (family == 0x11 || family == 0x21) continue;
    const auto refused = parse(proxy_header(0x21, static_cast<std::uint8_t>(family), std::string(216, 'a')), 16);
    EXPECT_EQ(refused.kind, Kind::refused) << family;
  }
}

TEST(ProxyHeader, AddressesOfTheWrongFamilyAreRefused) {
  EXPECT_EQ(parse(proxy_header(0x21, 0x21, std::string(12, 'a')), 16).kind, Kind::refused);
  EXPECT_EQ(parse(proxy_header(0x21, 0x21, std::string(35, 'a')), 16).kind, Kind::refused);
  EXPECT_EQ(parse(proxy_header(0x21, 0x11, std::string(11, 'a')), 16).kind, Kind::refused);
  EXPECT_EQ(parse(proxy_header(0x21, 0x11, ""), 16).kind, Kind::refused);
}

TEST(ProxyHeader, ALengthThatIsTooLargeIsRefusedBeforeItArrives) {
  const std::size_t most = ProxyHeader::max_size - 16;
  EXPECT_EQ(parse(proxy_header(0x21, 0x11, most + 1, ""), 16).kind, Kind::refused);
  EXPECT_EQ(parse(proxy_header(0x20, 0x00, 65535, ""), 16).kind, Kind::refused);
  expect_client(proxy_v4(192, 0, 2, 7, std::string(most - 12, 't')), "192.0.2.7");
}

TEST(ProxyHeader, WhatBeginsOtherwiseIsNone) {
  for (const std::string_view bytes : {"GET / HTTP/1.1\r\n", "\x16\x03\x01", "PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n",
                                       "\r\nGET", "\r\n\r\nGET", "\n", "QUIT"}) {
    EXPECT_EQ(parse_proxy_header(bytes).kind, Kind::absent) << bytes;
  }
  for (std::size_t i = 0; i < proxy_signature.size(); ++i) {
    std::string header = proxy_v4(192, 0, 2, 7);
    header[i] = static_cast<char>(header[i] ^ 1);
    EXPECT_EQ(parse_proxy_header(header).kind, Kind::absent) << i;
    EXPECT_EQ(parse_proxy_header(std::string_view(header).substr(0, i + 1)).kind, Kind::absent) << i;
  }
}

}  // namespace
}  // namespace hookferry::http
