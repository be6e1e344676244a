// Fixed-size binary values: identifiers and digests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hookferry {

/// A SHA-256 digest.
using Digest = std::array<std::uint8_t, 32>;

/// The first 16 bytes of a SHA-256 digest: a CloudEvents id, or the hash of (source, event, dedupe id).
using Id128 = std::array<std::uint8_t, 16>;

[[nodiscard]] inline Id128 truncate(const Digest& digest) noexcept {
  Id128 id;
  std::memcpy(id.data(), digest.data(), id.size());
  return id;
}

}  // namespace hookferry
