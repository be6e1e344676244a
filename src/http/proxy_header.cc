#include "http/proxy_header.h"

#include <algorithm>
#include <array>
#include <span>

namespace hookferry::http {
namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed_size = 16;  // signature, version and command, family and protocol, length

enum : std::uint8_t { local = 0x20, proxy = 0x21 };                        // version 2 and the command
enum : std::uint8_t { unspecified = 0x00, tcp_v4 = 0x11, tcp_v6 = 0x21 };  // family and protocol

/// Both addresses and both ports.
constexpr std::size_t address_size(std::uint8_t family) {
  return family == tcp_v4 ? 12 : family == tcp_v6 ? 36 : 0;
}

template <std::size_t N>
std::array<std::uint8_t, N> first_address(std::string_view bytes) {
  std::array<std::uint8_t, N> address{};
  std::transform(bytes.begin() + fixed_size, bytes.begin() + fixed_size + N, address.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return address;
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) noexcept {
  using Kind = ProxyHeader::Kind;
  const std::size_t common = std::min(bytes.size(), signature.size());
  if (bytes.substr(0, common) != signature.substr(0, common)) return {Kind::absent, 0, {}};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() > 12 && byte(12) != local && byte(12) != proxy) return {Kind::refused, 0, {}};
  if (bytes.size() < fixed_size) return {Kind::partial, 0, {}};

  const std::size_t length = byte(14) * std::size_t{256} + byte(15);
  const std::size_t size = fixed_size + length;
  if (size > ProxyHeader::max_size) return {Kind::refused, 0, {}};
  // A LOCAL one's family and addresses mean nothing; an unspecified one's addresses neither.
  const std::uint8_t family = byte(12) == local ? std::uint8_t{unspecified} : byte(13);
  const bool known = family == unspecified || family == tcp_v4 || family == tcp_v6;
  if (!known || length < address_size(family)) return {Kind::refused, 0, {}};
  if (bytes.size() < size) return {Kind::partial, 0, {}};
  if (family == tcp_v4) return {Kind::whole, size, IpAddress::v4(first_address<4>(bytes))};
  if (family == tcp_v6) return {Kind::whole, size, IpAddress::v6(first_address<16>(bytes))};
  return {Kind::whole, size, {}};
}

}  // namespace hookferry::http
