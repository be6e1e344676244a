// What the commands share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace hookferry::cli {

/// Options that several commands take.
struct CommonOptions {
  std::string config_file;              // --config
  config::Overrides overrides;          // --kafka --listen --admin
  std::vector<std::string> properties;  // -X key=value
};

/// One line on stderr: "hookferry: …".
void complain(std::string_view message);

/// The file that --config, HOOKFERRY_CONFIG or the default path names; nullopt: none.
[[nodiscard]] std::optional<std::string> config_file(const CommonOptions& options);

/// Loads the configuration as the options say and prints every problem; nullopt where one is an error, with
/// `exit_code` set.
[[nodiscard]] std::optional<config::Config> load_config(CommonOptions options, int& exit_code);

/// The same for a file that is named, with secrets from `environment`; warnings are not printed: they are for those who
/// serve.
[[nodiscard]] std::optional<config::Config> load_config(CommonOptions options, const std::string& file,
                                                        const config::Environment& environment, int& exit_code);

/// The librdkafka properties of -X; nullopt, told, where one is none.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_properties(
    const CommonOptions& options, int& exit_code);

/// What the kafka room knows of a property, for config::Validators.
[[nodiscard]] config::Validators validators();

// The commands: each returns its exit code.
[[nodiscard]] int serve(const CommonOptions& options);
[[nodiscard]] int demo(bool once);
[[nodiscard]] int check(const std::string& file);
[[nodiscard]] int healthcheck(const CommonOptions& options);
[[nodiscard]] int print_version();

}  // namespace hookferry::cli
