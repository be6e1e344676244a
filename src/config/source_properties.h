// The sources: each item is read by a table of its own.
#pragma once

#include <vector>

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// The default of an item's path: /webhooks/NAME.
[[nodiscard]] std::string default_path(const std::string& name);

/// The value of `sources`.
[[nodiscard]] Format<std::vector<Source>> source_list();

}  // namespace hookferry::config
