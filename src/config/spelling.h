// Which known name was meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hookferry::config {

/// The nearest of `known` if it is a slip of the fingers away from `written`: at most two letters left out, added,
/// changed or swapped, and fewer than half of them.
[[nodiscard]] std::optional<std::string> nearest(std::string_view written, std::span<const std::string> known);

}  // namespace hookferry::config
