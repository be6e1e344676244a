// The third-party libraries of this room, for `hookferry version`.
#pragma once

#include <string>

namespace hookferry::senders {

/// A line for each, without a line break after the last: name and version.
[[nodiscard]] std::string library_versions();

}  // namespace hookferry::senders
