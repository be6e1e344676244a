// The HTTP library's version.
#pragma once

#include <string>

namespace hookferry::http {

[[nodiscard]] std::string library_version();

}  // namespace hookferry::http
