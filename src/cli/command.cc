#include "cli/command.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "app/options.h"
#include "base/text.h"
#include "cli/run.h"
#include "http/client.h"
#include "http/tls.h"
#include "kafka/producer.h"

namespace hookferry::cli {
namespace {

constexpr const char* default_config = "/etc/hookferry/hookferry.yaml";

bool print_problems(const std::vector<config::Problem>& problems, Warnings warnings) {
  bool failed = false;
  for (const config::Problem& problem : problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    failed |= is_error;
    if (!is_error && warnings == Warnings::hide) continue;
    if (!problem.file.empty()) {
      std::cerr << config::format(problem) << '\n';
    } else {
      complain(config::format(problem));
    }
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
  out.tls = [](const config::Tls& tls) -> config::TlsFaults {
    http::TlsFaults faults = http::check_tls(app::tls_files(tls));
    return {std::move(faults.certificate), std::move(faults.key), std::move(faults.client_ca)};
  };
  out.url = [](const std::string& text) -> std::string {
    const auto url = http::parse_url(text);
    return url ? std::string() : url.error().message;
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

config::Loaded ConfigOrigin::load(const config::Environment& environment) const {
  if (!file) return config::load_without_file(overrides, environment, checks);
  const auto text = environment.read_file(*file);
  if (text) return config::load(*file, *text, overrides, environment, checks);
  config::Loaded loaded;
  loaded.problems.emplace_back().message = text.error().message;
  return loaded;
}

std::optional<ConfigOrigin> config_origin(CommonOptions options, int& exit_code) {
  auto properties = parse_properties(options, exit_code);
  if (!properties) return std::nullopt;
  options.overrides.properties = std::move(*properties);
  return ConfigOrigin{.file = config_file(options), .overrides = std::move(options.overrides)};
}

std::optional<config::Config> load_config(const ConfigOrigin& origin, const config::Environment& environment,
                                          int& exit_code, Warnings warnings) {
  config::Loaded loaded = origin.load(environment);
  if (!print_problems(loaded.problems, warnings) && loaded.config) return std::move(loaded.config);
  exit_code = bad_input;
  return std::nullopt;
}

std::optional<config::Config> load_config(CommonOptions options, int& exit_code) {
  const auto origin = config_origin(std::move(options), exit_code);
  if (!origin) return std::nullopt;
  return load_config(*origin, config::SystemEnvironment(), exit_code);
}

}  // namespace hookferry::cli
