// Looking a header up among those of a request.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "senders/verifier.h"

namespace hookferry::senders {

/// Whether two header names are one: ASCII letters in any case.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b) noexcept;
/// A header's name as records have it.
[[nodiscard]] std::string lower_case(std::string_view name);

struct HeaderMatch {
  std::size_t count = 0;
  std::string_view value;  // of the first
};
[[nodiscard]] HeaderMatch find_header(std::span<const HeaderView> headers, std::string_view name) noexcept;

}  // namespace hookferry::senders
