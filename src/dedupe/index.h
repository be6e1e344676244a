// An open-addressing index from a hash to positions in a pool of entries.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

namespace hookferry::dedupe {

/// Allocates `count` zeroed objects that cost memory only once they are touched.
template <class T>
struct Free {
  void operator()(T* memory) const noexcept { std::free(memory); }
};
template <class T>
using LazyArray = std::unique_ptr<T[], Free<T>>;
template <class T>
[[nodiscard]] LazyArray<T> lazy_array(std::size_t count) {
  // calloc of this size comes from mmap: the pages are the kernel's zero page until written to.
  return LazyArray<T>(static_cast<T*>(std::calloc(count, sizeof(T))));
}

/// Linear probing over a power of two of 32-bit positions, a quarter of them always empty; erasing shifts back, so
/// there are no tombstones. Several positions may have one hash. Fixed size. Not thread-safe.
class Index {
 public:
  using Position = std::uint32_t;

  /// Room for `capacity` positions.
  explicit Index(std::size_t capacity);

  /// The hash of the entry at a position, asked for while shifting.
  template <class HashOf>
  void erase(std::uint64_t hash, Position position, const HashOf& hash_of) noexcept {
    std::size_t hole = hash & mask_;
    while (slots_[hole] != position + 1) hole = (hole + 1) & mask_;
    for (std::size_t slot = (hole + 1) & mask_; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      const std::size_t home = hash_of(slots_[slot] - 1) & mask_;
      // Move it back unless its home lies between the hole and where it is.
      if (((slot - home) & mask_) >= ((slot - hole) & mask_)) {
        slots_[hole] = slots_[slot];
        hole = slot;
      }
    }
    slots_[hole] = 0;
  }

  void insert(std::uint64_t hash, Position position) noexcept;

  /// Calls `visit(position)` for every position whose probe run `hash` shares, until it answers true; those with other
  /// hashes too: the caller compares.
  template <class Visit>
  void probe(std::uint64_t hash, const Visit& visit) const noexcept {
    for (std::size_t slot = hash & mask_; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      if (visit(slots_[slot] - 1)) return;
    }
  }

 private:
  std::size_t mask_;
  LazyArray<std::uint32_t> slots_;  // position + 1; 0: empty
};

}  // namespace hookferry::dedupe
