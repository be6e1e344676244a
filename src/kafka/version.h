// The Kafka library's version.
#pragma once

#include <string>

namespace hookferry::kafka {

/// Of the library that is loaded, which may be newer than the one this was built with.
[[nodiscard]] std::string library_version();

}  // namespace hookferry::kafka
