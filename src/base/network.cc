#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace hookferry {
namespace {

constexpr unsigned mapped_prefix = 96;
constexpr IpAddress::Bytes mapped_beginning{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Digits without a leading zero.
std::optional<unsigned> parse_prefix(std::string_view text) {
  unsigned value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (status != std::errc() || end != text.data() + text.size() || leading_zero) return std::nullopt;
  return value;
}

}  // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> bytes) noexcept {
  Bytes mapped = mapped_beginning;
  std::ranges::copy(bytes, mapped.begin() + mapped_prefix / 8);
  return IpAddress(mapped);
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> bytes) noexcept {
  Bytes copy{};
  std::ranges::copy(bytes, copy.begin());
  return IpAddress(copy);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  std::array<std::uint8_t, 4> short_bytes{};
  if (::inet_pton(AF_INET, terminated.c_str(), short_bytes.data()) == 1) return v4(short_bytes);
  Bytes bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return IpAddress(bytes);
  return std::nullopt;
}

bool IpAddress::is_v4() const noexcept {
  return std::memcmp(bytes_.data(), mapped_beginning.data(), mapped_prefix / 8) == 0;
}

IpAddress IpAddress::first_bits(unsigned prefix) const noexcept {
  HOOKFERRY_CHECK(prefix <= bits());
  unsigned left = is_v4() ? prefix + mapped_prefix : prefix;
  Bytes bytes = bytes_;
  for (std::uint8_t& byte : bytes) {
    const unsigned kept = std::min(left, 8u);
    byte = static_cast<std::uint8_t>(byte & (0xff00u >> kept));
    left -= kept;
  }
  return IpAddress(bytes);
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool short_form = is_v4();
  ::inet_ntop(short_form ? AF_INET : AF_INET6, bytes_.data() + (short_form ? mapped_prefix / 8 : 0), text.data(),
              text.size());
  return text.data();
}

Result<Network> Network::parse(std::string_view text) {
  const auto fail = [&](const auto&... why) { return error(cat("'", printable(text, 40), "' ", why...)); };
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return fail("is not an IP address or network: write it like 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7; ",
                "names are not looked up");
  }
  if (slash == std::string_view::npos) return Network(*address, address->bits());
  // Of a mapped network as it is written, the bits that say so are part of the prefix.
  const bool written_as_v6 = text.substr(0, slash).find(':') != std::string_view::npos;
  const unsigned hidden = address->is_v4() && written_as_v6 ? mapped_prefix : 0;
  const std::optional<unsigned> prefix = parse_prefix(text.substr(slash + 1));
  if (!prefix || *prefix < hidden || *prefix > hidden + address->bits()) {
    return fail("has no prefix of ", hidden, " to ", hidden + address->bits(), " bits behind its '/'");
  }
  const Network network(*address, *prefix - hidden);
  if (network.first_ != *address) {
    return fail("has bits set behind its prefix: write ", network.text(), " for the network, or ", address->text(),
                " for the one address");
  }
  return network;
}

bool Network::contains(const IpAddress& address) const noexcept {
  return address.is_v4() == first_.is_v4() && address.first_bits(prefix_) == first_;
}

std::string Network::text() const {
  return cat(first_.text(), "/", unsigned{prefix_});
}

bool any_contains(std::span<const Network> networks, const IpAddress& address) noexcept {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

}  // namespace hookferry
