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

bool print_problems(const std::vector<config::Problem>& problems) {
  bool failed = false;
  for (const config::Problem& problem : problems) {
    failed |= problem.severity == config::Problem::Severity::error;
    std::cerr << config::format(problem) << '\n';
  }
  return failed;
}

bool split_property(const std::string& text, std::pair<std::string, std::string>& property) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  property = {text.substr(0, equals), text.substr(equals + 1)};
  return true;
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

config::Loaded ConfigOrigin::load(const config::Environment& environment) const {
  if (!file) return config::load_without_file(overrides, environment, validators());
  const auto text = environment.read_file(*file);
  if (text) return config::load(*file, *text, overrides, environment, validators());
  config::Loaded loaded;
  loaded.problems.emplace_back().message = text.error().message;
  return loaded;
}

std::optional<ConfigOrigin> config_origin(CommonOptions options, int& exit_code) {
  for (const std::string& text : options.properties) {
    std::pair<std::string, std::string> property;
    if (!split_property(text, property)) {
      complain(cat("-X ", printable(text), ": write key=value, such as -X security.protocol=SSL"));
      exit_code = usage;
      return std::nullopt;
    }
    options.overrides.properties.push_back(std::move(property));
  }
  return ConfigOrigin{config_file(options), std::move(options.overrides)};
}

std::optional<config::Config> load_config(const ConfigOrigin& origin, const config::Environment& environment,
                                          int& exit_code) {
  config::Loaded loaded = origin.load(environment);
  if (print_problems(loaded.problems) || !loaded.config) {
    exit_code = bad_input;
    return std::nullopt;
  }
  return std::move(loaded.config);
}

std::optional<config::Config> load_config(CommonOptions options, int& exit_code) {
  const auto origin = config_origin(std::move(options), exit_code);
  if (!origin) return std::nullopt;
  return load_config(*origin, config::SystemEnvironment(), exit_code);
}

}  // namespace hookferry::cli
