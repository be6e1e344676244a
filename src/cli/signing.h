// Which source a command signs or verifies for, and with which secrets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/instance.h"

namespace hookferry::cli {

struct Signing {
  InstanceSource source;               // with the secrets to use: at least one
  std::string server;                  // of the webhook port; empty: not known
  std::vector<config::Secret> others;  // secrets of other sources, as far as they are known
  std::vector<std::string> missing;    // why secrets that the configuration names are not to be had here
};

struct SigningOptions {
  std::string source;      // --source
  std::string secret_env;  // --secret-env
  bool needs_server = false;
};

/// The source from the configuration, else from the instance that runs here, else, where no port is needed, the preset
/// of that name. Its secrets: --secret-env, else the configuration's, else the preset's variable. Prints what is wrong
/// and sets `exit_code` where there is none.
[[nodiscard]] std::optional<Signing> find_signing(const CommonOptions& common, const SigningOptions& options,
                                                  int& exit_code);

}  // namespace hookferry::cli
