// IP addresses and networks as values. Names are never looked up.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hookferry {

/// An IPv4 or IPv6 address. One of IPv4 that is mapped into IPv6 (::ffff:203.0.113.7, RFC 4291, section 2.5.5.2) is the
/// IPv4 address, so that it does not matter whether a listener is dual stack. Without a zone. By default `::`.
class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  constexpr IpAddress() = default;
  /// 4 or 16 bytes in network order.
  [[nodiscard]] static IpAddress v4(std::span<const std::uint8_t, 4> bytes) noexcept;
  [[nodiscard]] static IpAddress v6(std::span<const std::uint8_t, 16> bytes) noexcept;
  /// What inet_pton takes: all four decimal numbers, or any form of IPv6; no zone, port, brackets or blanks.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const noexcept;
  /// 32 or 128.
  [[nodiscard]] unsigned bits() const noexcept { return is_v4() ? 32 : 128; }
  /// Its first `prefix` bits, zeros behind them. `prefix` is at most `bits`.
  [[nodiscard]] IpAddress first_bits(unsigned prefix) const noexcept;
  /// As RFC 5952 writes it.
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  explicit constexpr IpAddress(const Bytes& bytes) : bytes_(bytes) {}
  Bytes bytes_{};  // IPv4 as it is mapped into IPv6
};

/// The addresses that begin with the same bits. By default the one address `::`.
class Network {
 public:
  Network() = default;
  /// That of `prefix` bits which `address` is in. `prefix` is at most `address.bits()`.
  Network(const IpAddress& address, unsigned prefix) noexcept
      : first_(address.first_bits(prefix)), prefix_(static_cast<std::uint8_t>(prefix)) {}
  /// "203.0.113.0/24", "2001:db8::/32", or a single address. Strict: an address with bits behind the prefix is an error
  /// that says what was probably meant.
  [[nodiscard]] static Result<Network> parse(std::string_view text);

  /// No IPv4 address is in a network of IPv6: not even in ::/0.
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  /// All addresses of its family.
  [[nodiscard]] bool is_everyone() const noexcept { return prefix_ == 0; }
  /// "203.0.113.0/24"
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  IpAddress first_;
  std::uint8_t prefix_ = 128;
};

/// Whether `address` is in any of them.
[[nodiscard]] bool any_contains(std::span<const Network> networks, const IpAddress& address) noexcept;

}  // namespace hookferry
