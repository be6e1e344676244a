// Times of day as text.
#pragma once

#include <string>
#include <string_view>

#include "hookferry/clock.h"

namespace hookferry {

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime monotonic() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;
};

/// RFC 3339 in UTC with milliseconds: 2025-01-15T10:30:00.000Z
void append_rfc3339(std::string& out, WallTime time);

/// Whether every CloudEvents SDK takes `text` as a time: RFC 3339 with upper-case T and Z or a numeric offset, a real
/// date, seconds up to 59, at most nine decimals.
[[nodiscard]] bool is_rfc3339(std::string_view text) noexcept;

}  // namespace hookferry
