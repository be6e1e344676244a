// hookferry schema: JSON Schemas of what is published.
#pragma once

#include <string>

#include "cli/command.h"

namespace hookferry::cli {

struct SchemaOptions {
  std::string event;  // by its name, its CloudEvents type or its topic; empty: all of them
  bool data = false;  // of the data alone
};

[[nodiscard]] int schema(const CommonOptions& common, const SchemaOptions& options);

}  // namespace hookferry::cli
