// hookferry check FILE: validates a configuration without starting; with --connect also what it needs.
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <map>

#include "app/connection_check.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/terminal.h"

namespace hookferry::cli {

namespace {

int connect(const config::Config& config) {
  using Level = app::Finding::Level;
  const Palette palette(STDOUT_FILENO);
  const std::map<Level, std::string> words{{Level::ok, palette.good("ok     ")},
                                           {Level::note, palette.faint("note   ")},
                                           {Level::warning, palette.strong("warning")},
                                           {Level::failure, palette.bad("failure")}};
  std::size_t failures = 0;
  for (const app::Finding& finding : app::check_connection(config, std::chrono::system_clock::now())) {
    std::cout << words.at(finding.level) << "  " << padded(finding.subject, 11) << "  " << finding.text << '\n';
    failures += finding.level == Level::failure ? 1 : 0;
  }
  std::cout << std::flush;
  return failures == 0 ? done : environment;
}

}  // namespace

int check(const std::string& file, bool with_connection) {
  CommonOptions options;
  options.config_file = file;
  int exit_code = done;
  const auto config = load_config(options, exit_code);
  if (!config) return exit_code;
  std::size_t secrets = 0;
  for (const config::Source& source : config->sources) secrets += source.secrets.size();
  std::cout << file << ": ok, " << config->sources.size() << (config->sources.size() == 1 ? " source, " : " sources, ")
            << secrets << (secrets == 1 ? " secret" : " secrets") << std::endl;
  return with_connection ? connect(*config) : done;
}

}  // namespace hookferry::cli
