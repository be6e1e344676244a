#include "spool/crc32c.h"

#include <array>
#include <cstring>

namespace hookferry::spool {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected

/// tables[n][b]: the remainder of byte b followed by n zero bytes, so that eight bytes go in one step.
constexpr std::array<std::array<std::uint32_t, 256>, 8> tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> made{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? polynomial : 0);
    made[0][byte] = remainder;
  }
  for (std::size_t n = 1; n < made.size(); ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = made[n - 1][byte];
      made[n][byte] = (before >> 8) ^ made[0][before & 0xff];
    }
  }
  return made;
}();

std::uint32_t four_at(const char* bytes) noexcept {
  std::array<unsigned char, 4> b{};
  std::memcpy(b.data(), bytes, b.size());
  return b[0] | (std::uint32_t{b[1]} << 8) | (std::uint32_t{b[2]} << 16) | (std::uint32_t{b[3]} << 24);
}

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept {
  crc = ~crc;
  while (bytes.size() >= 8) {
    const std::uint32_t low = four_at(bytes.data()) ^ crc;
    const std::uint32_t high = four_at(bytes.data() + 4);
    crc = tables[7][low & 0xff] ^ tables[6][(low >> 8) & 0xff] ^ tables[5][(low >> 16) & 0xff] ^ tables[4][low >> 24] ^
          tables[3][high & 0xff] ^ tables[2][(high >> 8) & 0xff] ^ tables[1][(high >> 16) & 0xff] ^
          tables[0][high >> 24];
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) crc = (crc >> 8) ^ tables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

}  // namespace hookferry::spool
