// PROXY headers, version 2, as a load balancer writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hookferry::http::testing {

inline constexpr std::string_view proxy_signature("\r\n\r\n\0\r\nQUIT\n", 12);

/// Any header: what `length` says need not be the size of `rest`.
inline std::string proxy_header(std::uint8_t command, std::uint8_t family, std::size_t length, std::string_view rest) {
  std::string header(proxy_signature);
  for (const std::size_t byte : {std::size_t{command}, std::size_t{family}, length >> 8, length & 0xff}) {
    header += static_cast<char>(byte);
  }
  return header.append(rest);
}
inline std::string proxy_header(std::uint8_t command, std::uint8_t family, std::string_view rest) {
  return proxy_header(command, family, rest.size(), rest);
}
/// TCP over IPv4 from A.B.C.D, port 1000, to 10.0.0.1, port 80; `more` are TLVs.
inline std::string proxy_v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                            std::string_view more = {}) {
  std::string rest;
  for (const int byte : {int{a}, int{b}, int{c}, int{d}, 10, 0, 0, 1, 0x03, 0xe8, 0, 80})
    rest += static_cast<char>(byte);
  return proxy_header(0x21, 0x11, rest.append(more));
}

}  // namespace hookferry::http::testing
