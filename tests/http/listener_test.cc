#include "http/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/text.h"

namespace hookferry::http {
namespace {

TEST(ListenAddress, IsAnAddressAndAPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_listen_address("[::]:0")->host, "::");
  EXPECT_EQ(parse_listen_address("[::1]:65535")->port, 65535);
  EXPECT_EQ(parse_listen_address(":80")->host, "::");
}

TEST(ListenAddress, SaysWhatIsWrongWithIt) {
  const auto message = [](std::string_view text) {
    const auto result = parse_listen_address(text);
    return result ? std::string("no error") : result.error().message;
  };
  EXPECT_EQ(message("8080"),
            "'8080' is not an address to listen on: no port; write ADDR:PORT, such as 127.0.0.1:8080 or [::]:8080");
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:80a",
        "localhost:80", "::1:80", "[127.0.0.1]:80", "[]:80", "[::1:80", "1.2.3:80", "*:80", "[fe80::1%lo]:80"}) {
    EXPECT_NE(message(text).find("' is not an address to listen on: "), std::string::npos) << text;
  }
}

TEST(Listener, TakesAFreePort) {
  const auto listener = bind_listener("127.0.0.1:0");
  ASSERT_TRUE(listener);
  EXPECT_NE(listener->port, 0);
}

TEST(Listener, SaysThatThePortIsTaken) {
  const auto first = bind_listener("127.0.0.1:0");
  ASSERT_TRUE(first);
  ASSERT_TRUE(start_listening(*first));
  const std::string address = cat("127.0.0.1:", first->port);
  const auto second = bind_listener(address);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            cat("cannot listen on ", address, ": Address already in use; choose another port or stop what holds it"));
}

TEST(Listener, OfTwoThatBoundOnePortTheFirstToListenHasIt) {
  const auto first = bind_listener("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = bind_listener(cat("127.0.0.1:", first->port));
  ASSERT_TRUE(second);
  ASSERT_TRUE(start_listening(*second));
  const auto listening = start_listening(*first);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message,
            "cannot listen on 127.0.0.1:0: Address already in use; choose another port or stop what holds it");
}

TEST(Listener, SaysThatTheAddressIsNotOfThisMachine) {
  const auto listener = bind_listener("192.0.2.1:0");
  ASSERT_FALSE(listener);
  EXPECT_NE(listener.error().message.find("; choose an address that this machine has"), std::string::npos);
}

TEST(Listener, OnAllAddressesTakesIpv4Too) {
  const auto listener = bind_listener("[::]:0");
  ASSERT_TRUE(listener);
  ASSERT_TRUE(start_listening(*listener));
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(listener->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const Descriptor accepted(::accept4(listener->socket.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(peer_address(peer).text(), "127.0.0.1");
}

TEST(PeerAddress, OfIpv6) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "2001:db8::1", &address.sin6_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  EXPECT_EQ(peer_address(storage).text(), "2001:db8::1");
}

}  // namespace
}  // namespace hookferry::http
