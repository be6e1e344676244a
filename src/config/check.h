// What is wrong between keys that are each right by themselves.
#pragma once

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// Reports to `reading.problems`, at the places in `reading.places`. `config` is complete: defaults and overrides are
/// in.
void check_together(const Config& config, const Reading& reading);

/// Whether the sources' names, paths, secrets and topics go together.
void check_sources(const Config& config, const Reading& reading);

/// The place of the first of these keys that was given; of the whole file if none was.
[[nodiscard]] Where where_of(const Reading& reading, std::initializer_list<std::string> keys);

}  // namespace hookferry::config
