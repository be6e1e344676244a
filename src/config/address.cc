#include "config/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "config/masking.h"

namespace hookferry::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// The address as the machine writes it; nothing if it is none.
std::optional<std::string> canonical(int family, std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_pton(family, std::string(host).c_str(), bytes.data()) != 1) return std::nullopt;
  return ::inet_ntop(family, bytes.data(), text.data(), text.size());
}

bool is_any(const ListenAddress& address) {
  return address.host == "::" || address.host == "0.0.0.0";
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    return canonical(AF_INET6, text.substr(1, text.size() - 2)).has_value();
  }
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), is_host_character);
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto fail = [&] {
    return error(cat(quote(text), " is not an address to listen on: write an IP address and a port, such as ",
                     "127.0.0.1:8080, \"[::]:8080\" or \":8080\""));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail();
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return fail();
  if (host.empty()) return ListenAddress{true, "::", *port};
  const bool v6 = host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  const std::optional<std::string> address = canonical(v6 ? AF_INET6 : AF_INET, host);
  if (!address) return fail();
  return ListenAddress{v6, *address, *port};
}

std::string to_string(const ListenAddress& address) {
  return address.v6 ? cat("[", address.host, "]:", address.port) : cat(address.host, ":", address.port);
}

bool overlap(const ListenAddress& a, const ListenAddress& b) {
  if (a.port == 0 || a.port != b.port) return false;
  if (a.host == b.host) return true;
  // [::] is dual stack: it takes IPv4 as well.
  return a.host == "::" || b.host == "::" || (a.v6 == b.v6 && (is_any(a) || is_any(b)));
}

std::string check_bootstrap_server(std::string_view text) {
  if (text == "embedded") {
    return "the embedded broker is for trying out: start with --kafka embedded instead";
  }
  std::string_view rest = text;
  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    constexpr std::array<std::string_view, 4> protocols{"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
    if (std::find(protocols.begin(), protocols.end(), rest.substr(0, scheme)) == protocols.end()) {
      return cat(quote(text), " begins with an unknown protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
    }
    rest.remove_prefix(scheme + 3);
  }
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && !rest.ends_with(']');
  const std::optional<std::uint16_t> port = has_port ? parse_port(rest.substr(colon + 1)) : 9092;
  if (is_host(rest.substr(0, has_port ? colon : rest.size())) && port && *port != 0) return {};
  return cat(quote(text), " is not a server: write HOST:PORT, such as kafka-1.example.com:9092");
}

std::vector<std::string> split_servers(std::string_view text) {
  std::vector<std::string> servers;
  while (true) {
    const std::size_t comma = text.find(',');
    servers.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return servers;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace hookferry::config
