#include "cli/signing.h"

#include <algorithm>

#include "base/text.h"
#include "cli/run.h"
#include "senders/source.h"

namespace hookferry::cli {
namespace {

std::optional<config::Secret> from_environment(const std::string& variable) {
  auto value = config::SystemEnvironment().variable(variable);
  if (!value || value->empty()) return std::nullopt;
  return config::Secret{cat("env ", variable), std::move(*value)};
}

/// The preset of that name as the source it is without a configuration.
std::optional<InstanceSource> from_preset(const std::string& name) {
  const auto presets = senders::preset_names();
  if (std::ranges::find(presets, name) == presets.end()) return std::nullopt;
  InstanceSource source;
  source.name = source.preset = name;
  source.path = cat("/webhooks/", name);
  for (const std::string_view event : senders::preset_events(name)) source.events.emplace_back(event);
  return source;
}

/// The source, and what else the instance knows; without a port being needed an instance need not be there.
std::optional<Signing> find_source(const CommonOptions& common, const SigningOptions& options, int& exit_code) {
  if (!options.needs_server && !config_file(common)) {
    if (auto source = from_preset(options.source)) return Signing{std::move(*source), {}, {}, {}};
  }
  auto instance = find_instance(common, exit_code);
  if (!instance) return std::nullopt;
  const InstanceSource* const source = instance->find(options.source);
  if (source == nullptr) {
    complain(cat("--source ", printable(options.source, 40),
                 ": there is no such source here; known: ", instance->source_names()));
    exit_code = bad_input;
    return std::nullopt;
  }
  if (senders::preset_secret_variable(source->preset).empty()) {
    complain(cat("source ", source->name, ": this program knows no preset '", printable(source->preset, 40),
                 "': use the one of the instance's version"));
    exit_code = bad_input;
    return std::nullopt;
  }
  Signing signing{*source, instance->server, {}, {}};
  for (const std::string& missing : instance->missing) {
    if (missing.starts_with(cat("source ", source->name, ": "))) signing.missing.push_back(missing);
  }
  for (const InstanceSource& other : instance->sources) {
    if (other.name == source->name) continue;
    signing.others.insert(signing.others.end(), other.secrets.begin(), other.secrets.end());
  }
  return signing;
}

bool find_secrets(Signing& signing, const SigningOptions& options) {
  const std::string variable = options.secret_env.empty()
                                   ? std::string(senders::preset_secret_variable(signing.source.preset))
                                   : options.secret_env;
  if (!options.secret_env.empty()) signing.source.secrets.clear();
  if (!signing.source.secrets.empty()) return true;
  if (auto secret = from_environment(variable)) {
    signing.source.secrets.push_back(std::move(*secret));
    return true;
  }
  for (const std::string& missing : signing.missing) complain(missing);
  complain(cat("no secret for source ", signing.source.name, ": set ", variable,
               " to it, or name the variable that has it with --secret-env"));
  return false;
}

void add_other_presets(Signing& signing) {
  for (const std::string_view preset : senders::preset_names()) {
    if (preset == signing.source.preset) continue;
    auto secret = from_environment(std::string(senders::preset_secret_variable(preset)));
    const bool known = secret && std::ranges::any_of(signing.others, [&](const config::Secret& other) {
                         return other.value == secret->value;
                       });
    if (secret && !known) signing.others.push_back(std::move(*secret));
  }
}

}  // namespace

std::optional<Signing> find_signing(const CommonOptions& common, const SigningOptions& options, int& exit_code) {
  auto signing = find_source(common, options, exit_code);
  if (!signing) return std::nullopt;
  if (!find_secrets(*signing, options)) {
    exit_code = bad_input;
    return std::nullopt;
  }
  add_other_presets(*signing);
  return signing;
}

}  // namespace hookferry::cli
