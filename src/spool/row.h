// A row as it is in the file, and its checksum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hookferry/record.h"
#include "hookferry/spool.h"

namespace hookferry::spool {

enum class RowState : std::uint8_t { unsent = 0, parked = 1 };

/// One row, its texts owned by someone else.
struct RowView {
  RowId id = 0;
  std::string_view topic;
  std::string_view key;
  std::string_view value;
  std::string_view headers;   // as by encode_headers
  std::string_view event;     // ClaimKey::id, 16 bytes
  std::string_view conflict;  // ClaimKey::conflict, 16 bytes
  std::int64_t accepted = 0;  // nanoseconds since the epoch
  std::int64_t kind = 0;
  std::int64_t state = 0;
  std::string_view reason;  // when parked
};

/// Of all that a row has. What is as it is by default adds nothing: a row written before a column was there keeps its
/// checksum.
[[nodiscard]] std::uint32_t checksum(const RowView& row) noexcept;

/// For each header the lengths of name and value as 32-bit little-endian numbers, and both.
[[nodiscard]] std::string encode_headers(const Record& record);
/// Appends them to `record`; false where that is not what `encode_headers` gives.
[[nodiscard]] bool decode_headers(std::string_view encoded, Record& record);

/// Nothing of the row stays in use. Nullopt where its parts are not what this program writes.
[[nodiscard]] std::optional<SpooledRow> spooled_row(const RowView& row, TopicId topic);

[[nodiscard]] WallTime wall_time(std::int64_t nanoseconds) noexcept;
[[nodiscard]] std::int64_t nanoseconds(WallTime time) noexcept;
[[nodiscard]] std::string_view bytes_of(const Id128& id) noexcept;

}  // namespace hookferry::spool
