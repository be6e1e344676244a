// CRC-32C (Castagnoli): RFC 3720, appendix B.4.
#pragma once

#include <cstdint>
#include <string_view>

namespace hookferry::spool {

/// Of what `crc` is of, followed by `bytes`; start with 0.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept;

}  // namespace hookferry::spool
