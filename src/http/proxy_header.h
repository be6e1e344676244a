// What a load balancer says of its client before the client's first byte: the PROXY protocol, version 2 (binary).
// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/network.h"

namespace hookferry::http {

struct ProxyHeader {
  /// The largest header that is taken, with its TLVs, which are skipped.
  static constexpr std::size_t max_size = 4096;

  enum class Kind : std::uint8_t {
    absent,   // these bytes begin something else
    partial,  // more bytes are needed
    refused,  // it begins as a header and is none that is taken: no version 2, too long, no TCP, too short for its
              // family
    whole,
  };
  Kind kind = Kind::partial;
  std::size_t size = 0;             // when whole: its bytes; what follows is the client's
  std::optional<IpAddress> client;  // when whole: absent where the proxy speaks for itself (LOCAL) or does not know
};

/// Of the bytes that a connection begins with. The verdict on a whole header does not depend on what follows it; one of
/// version 1, which is text, is `absent`.
[[nodiscard]] ProxyHeader parse_proxy_header(std::string_view bytes) noexcept;

}  // namespace hookferry::http
