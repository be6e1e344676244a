// Listening sockets and addresses.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/network.h"
#include "base/result.h"
#include "http/descriptor.h"

namespace hookferry::http {

struct ListenAddress {
  std::string host;  // an IPv4 or IPv6 address as text, without brackets
  std::uint16_t port = 0;
};

/// "ADDR:PORT", "[ADDR6]:PORT", or ":PORT" for all addresses. Names are not looked up.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

struct Listener {
  Descriptor socket;  // non-blocking
  std::uint16_t port = 0;
  std::string address;  // as it was asked for
};

/// Binds: the port is taken, and nobody can connect yet. "::" takes IPv4 as well, and on a machine without IPv6 becomes
/// 0.0.0.0. The error names the address and what to do; the caller puts the configuration key before it.
[[nodiscard]] Result<Listener> bind_listener(std::string_view address);

/// From now on clients can connect.
[[nodiscard]] Result<void> start_listening(const Listener& listener);

/// A peer's address, without the port.
[[nodiscard]] IpAddress peer_address(const sockaddr_storage& address);

}  // namespace hookferry::http
