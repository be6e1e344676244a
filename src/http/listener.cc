#include "http/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "base/text.h"

namespace hookferry::http {
namespace {

constexpr int backlog = 4096;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress ipv4(const in_addr& host, std::uint16_t port) {
  SocketAddress address;
  sockaddr_in value{};
  value.sin_family = AF_INET;
  value.sin_addr = host;
  value.sin_port = htons(port);
  std::memcpy(&address.storage, &value, sizeof value);
  address.size = sizeof value;
  return address;
}

SocketAddress ipv6(const in6_addr& host, std::uint16_t port) {
  SocketAddress address;
  sockaddr_in6 value{};
  value.sin6_family = AF_INET6;
  value.sin6_addr = host;
  value.sin6_port = htons(port);
  std::memcpy(&address.storage, &value, sizeof value);
  address.size = sizeof value;
  return address;
}

SocketAddress resolve(const ListenAddress& listen) {
  in_addr host4{};
  if (inet_pton(AF_INET, listen.host.c_str(), &host4) == 1) return ipv4(host4, listen.port);
  in6_addr host6{};
  if (inet_pton(AF_INET6, listen.host.c_str(), &host6) == 1) return ipv6(host6, listen.port);
  return {};
}

std::string_view advice(int code) {
  switch (code) {
    case EADDRINUSE:
      return "choose another port or stop what holds it";
    case EACCES:
      return "choose a port above 1023 or give the process the right to use this one";
    case EADDRNOTAVAIL:
      return "choose an address that this machine has";
    default:
      return "choose another address";
  }
}

Error listen_error(std::string_view text, int code) {
  return error(cat("cannot listen on ", text, ": ", std::generic_category().message(code), "; ", advice(code)));
}

/// 0, or the error number.
int try_bind(const SocketAddress& address, Listener& out) {
  const int family = address.storage.ss_family;
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const int on = 1;
  const int off = 0;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Inherited by what is accepted: an answer is written in one piece, waiting for more only delays it.
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(socket.get(), address.get(), address.size) != 0) return errno;
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return errno;
  // sin_port and sin6_port stand at the same place.
  sockaddr_in any{};
  std::memcpy(&any, &bound, sizeof any);
  out.socket = std::move(socket);
  out.port = ntohs(any.sin_port);
  return 0;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return error(cat("'", printable(text, 60), "' is not an address to listen on: ", why,
                     "; write ADDR:PORT, such as 127.0.0.1:8080 or [::]:8080"));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("no port");
  const std::string_view digits = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (digits.empty() || status != std::errc() || end != digits.data() + digits.size()) {
    return wrong("the port is not a number from 0 to 65535");
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = host.empty() && !bracketed ? "::" : std::string(host);
  const SocketAddress resolved = resolve(address);
  if (resolved.size == 0) return wrong("the host is not an IP address");
  if (!host.empty() && bracketed != (resolved.storage.ss_family == AF_INET6)) {
    return wrong("an IPv6 address, and only that, stands in brackets");
  }
  return address;
}

Result<Listener> bind_listener(std::string_view text) {
  const Result<ListenAddress> address = parse_listen_address(text);
  if (!address) return address.error();
  Listener listener;
  listener.address = text;
  int code = try_bind(resolve(*address), listener);
  if ((code == EAFNOSUPPORT || code == EADDRNOTAVAIL) && address->host == "::") {
    code = try_bind(ipv4(in_addr{htonl(INADDR_ANY)}, address->port), listener);
  }
  if (code != 0) return listen_error(text, code);
  return listener;
}

Result<void> start_listening(const Listener& listener) {
  // With SO_REUSEADDR another process may have bound the same port; the first to listen has it.
  if (::listen(listener.socket.get(), backlog) != 0) return listen_error(listener.address, errno);
  return {};
}

IpAddress peer_address(const sockaddr_storage& address) {
  const auto bytes = [](const auto& field) {
    std::array<std::uint8_t, sizeof field> copy;
    std::memcpy(copy.data(), &field, sizeof field);
    return copy;
  };
  if (address.ss_family == AF_INET) {
    sockaddr_in value{};
    std::memcpy(&value, &address, sizeof value);
    return IpAddress::v4(bytes(value.sin_addr));
  }
  sockaddr_in6 value{};
  std::memcpy(&value, &address, sizeof value);
  return IpAddress::v6(bytes(value.sin6_addr));
}

}  // namespace hookferry::http
