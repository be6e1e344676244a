#include "cli/command.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/text.h"
#include "cli/run.h"
#include "kafka/producer.h"

namespace hookferry::cli {
namespace {

constexpr const char* default_config = "/etc/hookferry/hookferry.yaml";

enum class Warnings : bool { hide, show };

bool print_problems(const std::vector<config::Problem>& problems, Warnings warnings) {
  bool failed = false;
  for (const config::Problem& problem : problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    failed |= is_error;
    if (is_error || warnings == Warnings::show) std::cerr << config::format(problem) << '\n';
  }
  return failed;
}

bool split_property(const std::string& text, std::pair<std::string, std::string>& property) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  property = {text.substr(0, equals), text.substr(equals + 1)};
  return true;
}

std::optional<config::Config> finished(config::Loaded loaded, Warnings warnings, int& exit_code) {
  if (!print_problems(loaded.problems, warnings) && loaded.config) return std::move(loaded.config);
  exit_code = bad_input;
  return std::nullopt;
}

std::optional<config::Config> load_file(const CommonOptions& options, const std::string& file,
                                        const config::Environment& environment, Warnings warnings, int& exit_code) {
  const auto text = config::SystemEnvironment().read_file(file);
  if (!text) {
    complain(text.error().message);
    exit_code = bad_input;
    return std::nullopt;
  }
  return finished(config::load(file, *text, options.overrides, environment, validators()), warnings, exit_code);
}

}  // namespace

void complain(std::string_view message) {
  std::cerr << "hookferry: " << message << std::endl;
}

std::optional<std::string> config_file(const CommonOptions& options) {
  if (!options.config_file.empty()) return options.config_file;
  if (const char* const named = std::getenv("HOOKFERRY_CONFIG"); named != nullptr && *named != '\0') return named;
  if (::access(default_config, F_OK) == 0) return default_config;
  return std::nullopt;
}

config::Validators validators() {
  config::Validators out;
  out.kafka_property = [](const std::string& name, const std::string& value) -> std::string {
    const auto checked = kafka::check_property(name, value);
    return checked ? std::string() : checked.error().message;
  };
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_properties(const CommonOptions& options,
                                                                                 int& exit_code) {
  std::vector<std::pair<std::string, std::string>> properties;
  for (const std::string& text : options.properties) {
    if (split_property(text, properties.emplace_back())) continue;
    complain(cat("-X ", printable(text), ": write key=value, such as -X security.protocol=SSL"));
    exit_code = usage;
    return std::nullopt;
  }
  return properties;
}

std::optional<config::Config> load_config(CommonOptions options, int& exit_code) {
  const auto properties = parse_properties(options, exit_code);
  if (!properties) return std::nullopt;
  options.overrides.properties = *properties;
  const config::SystemEnvironment environment;
  const auto file = config_file(options);
  if (file) return load_file(options, *file, environment, Warnings::show, exit_code);
  config::Loaded loaded = config::load_without_file(options.overrides, environment, validators());
  return finished(std::move(loaded), Warnings::show, exit_code);
}

std::optional<config::Config> load_config(CommonOptions options, const std::string& file,
                                          const config::Environment& environment, int& exit_code) {
  const auto properties = parse_properties(options, exit_code);
  if (!properties) return std::nullopt;
  options.overrides.properties = *properties;
  return load_file(options, file, environment, Warnings::hide, exit_code);
}

}  // namespace hookferry::cli
