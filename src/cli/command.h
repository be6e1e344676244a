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

/// What the kafka room knows of a property, and the http room of certificates.
[[nodiscard]] config::Validators validators();

/// Where the configuration comes from, as the options say: settled once, so that it can be read again.
struct ConfigOrigin {
  std::optional<std::string> file;
  config::Overrides overrides;
  config::Validators checks = validators();

  /// Every problem is in the result, that of a file that cannot be read too.
  [[nodiscard]] config::Loaded load(const config::Environment& environment) const;
};
/// Nullopt where an option is wrong, which is said, with `exit_code` set.
[[nodiscard]] std::optional<ConfigOrigin> config_origin(CommonOptions options, int& exit_code);

/// Whether warnings are printed: they are for those who serve.
enum class Warnings : bool { hide, show };

/// Loads the configuration and prints every problem; nullopt where one is an error, with `exit_code` set.
[[nodiscard]] std::optional<config::Config> load_config(const ConfigOrigin& origin,
                                                        const config::Environment& environment, int& exit_code,
                                                        Warnings warnings = Warnings::show);
/// The same from the process's own environment, as the options say.
[[nodiscard]] std::optional<config::Config> load_config(CommonOptions options, int& exit_code);

/// The librdkafka properties of -X; nullopt, told, where one is none.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_properties(
    const CommonOptions& options, int& exit_code);

// The commands: each returns its exit code.
[[nodiscard]] int serve(const CommonOptions& options);
[[nodiscard]] int demo(bool once);
[[nodiscard]] int check(const std::string& file, bool with_connection);
[[nodiscard]] int healthcheck(const CommonOptions& options);
[[nodiscard]] int print_version();

}  // namespace hookferry::cli
