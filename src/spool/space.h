// How much of the disk things take, estimated on the high side: the bound holds before each commit, not after.
#pragma once

#include <algorithm>
#include <cstdint>

#include "hookferry/record.h"

namespace hookferry::spool {

inline constexpr std::uint64_t page_size = 4096;

/// Of a record in the file: small rows share pages with room left, large ones have pages of their own.
[[nodiscard]] constexpr std::uint64_t stored_size(std::uint64_t record_size) noexcept {
  constexpr std::uint64_t beside = 250;  // ids, times, the topic's name in the row and in the index, lengths
  const std::uint64_t size = record_size + beside;
  return size <= page_size / 4 ? size + size / 3 : (size / (page_size - 4) + 2) * page_size;
}
[[nodiscard]] inline std::uint64_t stored_size(const Record& record) noexcept {
  return stored_size(record.size() + 8 * record.header_count());
}

/// Pages that a transaction writes besides those of its rows: roots, inner pages, the list of free pages, meta.
inline constexpr std::uint64_t transaction_size = 32 * page_size;
/// Pages that the removal of one row writes: its leaf, that of the index, and their neighbours.
inline constexpr std::uint64_t removal_size = 4 * page_size;

/// What a transaction takes, at most.
struct Cost {
  std::uint64_t growth = transaction_size / 4;  // of the file
  std::uint64_t log = transaction_size;         // of the write-ahead log
  void add_row(std::uint64_t size) noexcept {
    growth += size;
    log += size;
  }
  /// What goes leaves its pages to others.
  void add_removal() noexcept { log += removal_size; }
};

/// What max_size is divided into.
struct Shares {
  explicit constexpr Shares(std::uint64_t max_size) noexcept
      : rows(max_size - max_size / 8 - max_size / 16),
        log(max_size / 8),
        checkpoint(std::min<std::uint64_t>(max_size / 16, 4 << 20)),
        group(std::min<std::uint64_t>(max_size / 32, 4 << 20)) {}
  std::uint64_t rows;        // of the file: no insert is taken beyond
  std::uint64_t log;         // of the write-ahead log: it is emptied from here on, though that waits for readers
  std::uint64_t checkpoint;  // of it: its pages are copied to the file from here on
  std::uint64_t group;       // of the rows of one commit, but one row at least
};

}  // namespace hookferry::spool
