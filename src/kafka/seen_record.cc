#include "kafka/seen_record.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t conflict_at = 1;

}  // namespace

std::optional<ClaimKey> parse_seen(std::string_view dedupe, std::string_view id) noexcept {
  std::array<std::uint8_t, 33> bytes{};
  ClaimKey key;
  if (!parse_hex(dedupe, bytes) || bytes[0] != version || !parse_hex(id, key.id)) return std::nullopt;
  std::copy_n(bytes.begin() + conflict_at, key.conflict.size(), key.conflict.begin());
  return key;
}

}  // namespace hookferry::kafka
