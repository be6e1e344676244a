// hookferry spool: looks into a spool, also of a running instance.
#pragma once

#include <string>

#include "cli/command.h"

namespace hookferry::cli {

struct SpoolOptions {
  std::string action;  // list, export or verify
  std::string path;    // a folder, or a file that was set aside; empty: the configuration's spool.path
  bool json = false;
};

[[nodiscard]] int spool(const CommonOptions& common, const SpoolOptions& options);

}  // namespace hookferry::cli
