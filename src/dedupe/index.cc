#include "dedupe/index.h"

#include <bit>

#include "base/check.h"

namespace hookferry::dedupe {

Index::Index(std::size_t capacity)
    : mask_(std::bit_ceil(capacity + capacity / 3 + 2) - 1), slots_(lazy_array<std::uint32_t>(mask_ + 1)) {
  HOOKFERRY_CHECK(slots_ != nullptr);
}

void Index::insert(std::uint64_t hash, Position position) noexcept {
  std::size_t slot = hash & mask_;
  while (slots_[slot] != 0) slot = (slot + 1) & mask_;
  slots_[slot] = position + 1;
}

}  // namespace hookferry::dedupe
