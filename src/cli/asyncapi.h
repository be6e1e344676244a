// hookferry asyncapi: the AsyncAPI 3.0 document of what is published.
#pragma once

#include "cli/command.h"

namespace hookferry::cli {

[[nodiscard]] int asyncapi(const CommonOptions& common);

}  // namespace hookferry::cli
