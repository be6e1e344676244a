// Which event a record of a topic is, told by its headers. Private to this room.
#pragma once

#include <optional>
#include <string_view>

#include "hookferry/claims.h"

namespace hookferry::kafka {

inline constexpr std::string_view dedupe_header = "hookferry-dedupe";
inline constexpr std::string_view id_header = "ce_id";

/// `dedupe`: version 01, 16 bytes of the hash of (source, event, dedupe id), 16 of the data's: 66 hexadecimal digits.
/// `id`: the CloudEvents id, 32 digits. Lower case. Nullopt where either is something else: another version, or a
/// record that hookferry did not write.
[[nodiscard]] std::optional<ClaimKey> parse_seen(std::string_view dedupe, std::string_view id) noexcept;

}  // namespace hookferry::kafka
