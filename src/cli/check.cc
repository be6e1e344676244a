// hookferry check FILE: validates a configuration without starting.
#include <iostream>

#include "cli/command.h"
#include "cli/run.h"

namespace hookferry::cli {

int check(const std::string& file) {
  CommonOptions options;
  options.config_file = file;
  int exit_code = done;
  const auto config = load_config(options, exit_code);
  if (!config) return exit_code;
  std::size_t secrets = 0;
  for (const config::Source& source : config->sources) secrets += source.secrets.size();
  std::cout << file << ": ok, " << config->sources.size() << (config->sources.size() == 1 ? " source, " : " sources, ")
            << secrets << (secrets == 1 ? " secret" : " secrets") << std::endl;
  return done;
}

}  // namespace hookferry::cli
