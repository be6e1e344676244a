#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/log.h"
#include "base/text.h"

namespace hookferry {
namespace {

std::string network_of(const std::uint8_t* v4) {
  return cat(v4[0], '.', v4[1], '.', v4[2], ".0/24");
}

}  // namespace

std::string truncate_address(std::string_view address) {
  // A link-local address has the name of its interface behind it: fe80::1%eth0.
  const std::string text(address.substr(0, address.find('%')));
  if (text.find('\0') != std::string::npos) return {};  // inet_pton would stop there
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return network_of(reinterpret_cast<const std::uint8_t*>(&v4.s_addr));
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return {};
  // A dual-stack listener shows IPv4 clients as ::ffff:203.0.113.7.
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return network_of(v6.s6_addr + 12);
  std::fill(v6.s6_addr + 6, std::end(v6.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> network{};
  ::inet_ntop(AF_INET6, &v6, network.data(), network.size());
  return cat(std::string_view(network.data()), "/48");
}

}  // namespace hookferry
