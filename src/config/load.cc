#include "base/text.h"
#include "config/address.h"
#include "config/check.h"
#include "config/config.h"
#include "config/document.h"
#include "config/masking.h"
#include "config/problems.h"
#include "config/property.h"
#include "config/secrets.h"
#include "config/source_properties.h"
#include "config/spelling.h"
#include "senders/source.h"

namespace hookferry::config {
namespace {

/// "GLOSSI_WEBHOOK_SECRET or MESHQA_WEBHOOK_SECRET"
std::string secret_variables() {
  std::string names;
  for (const std::string_view preset : senders::preset_names()) {
    names += cat(names.empty() ? "" : " or ", senders::preset_secret_variable(preset));
  }
  return names;
}

void override_listen(const std::optional<std::string>& text, const std::string& argument, const std::string& key,
                     std::string& listen, const Reading& reading) {
  if (!text) return;
  const Result<ListenAddress> address = parse_listen(*text);
  if (!address) reading.problems.error(at_argument(argument), address.error().message);
  listen = *text;
  reading.places.insert_or_assign(key, at_argument(argument));
}

void override_kafka(const std::string& text, Kafka& kafka, const Reading& reading) {
  reading.places.insert_or_assign("kafka.bootstrap_servers", at_argument("--kafka"));
  kafka.embedded = text == "embedded";
  if (kafka.embedded) return;
  kafka.bootstrap_servers = split_servers(text);
  for (const std::string& server : kafka.bootstrap_servers) {
    const std::string problem = check_bootstrap_server(server);
    if (!problem.empty()) reading.problems.error(at_argument("--kafka"), problem);
  }
}

void override_property(const std::string& name, const std::string& value, Kafka& kafka, const Reading& reading) {
  const Where where = at_argument(cat("-X ", shown(name)));
  const auto check = reading.validators.kafka_property;
  const std::string problem = check == nullptr ? std::string() : check(name, value);
  if (!problem.empty()) reading.problems.error(where, problem);
  std::erase_if(kafka.properties, [&](const auto& property) { return property.first == name; });
  std::erase_if(kafka.secrets, [&](const auto& property) { return property.first == name; });
  kafka.properties.emplace_back(name, value);
}

void apply(const Overrides& overrides, Config& config, const Reading& reading) {
  override_listen(overrides.listen, "--listen", "http.listen", config.http.listen, reading);
  override_listen(overrides.admin, "--admin", "admin.listen", config.admin.listen, reading);
  if (overrides.kafka) override_kafka(*overrides.kafka, config.kafka, reading);
  for (const auto& [name, value] : overrides.properties) override_property(name, value, config.kafka, reading);
}

/// ":8080" becomes "[::]:8080": those who listen need not know of it.
void complete(std::string& listen) {
  if (const Result<ListenAddress> address = parse_listen(listen)) listen = to_string(*address);
}

/// So that another content is a change. One that can't be read is librdkafka's to complain of, with its reason.
void read_client_files(Kafka& kafka, const Environment& environment) {
  for (const auto& [name, path] : kafka.properties) {
    if (!name.starts_with("ssl.") || !name.ends_with(".location") || name == "ssl.crl.location") continue;
    if (Result<std::string> content = environment.read_file(path)) kafka.files[name] = std::move(*content);
  }
}

/// Overrides, completion and what is wrong between keys.
void finish(const Overrides& overrides, Config& config, const Reading& reading) {
  apply(overrides, config, reading);
  complete(config.http.listen);
  complete(config.admin.listen);
  read_client_files(config.kafka, reading.environment);
  check_together(config, reading);
}

void read_root(const Node& root, Config& config, Reading& reading) {
  const Key nothing("", reading);
  nothing.found_at(root.place);
  const Where start = in_file(root.place);
  if (root.kind == Node::Kind::null) {
    reading.problems.error(start, "the file is empty: it needs at least a source; see docs/configuration.md");
  } else if (root.kind != Node::Kind::map) {
    reading.problems.error(start, "the file must be a map of keys, such as 'sources:'");
  } else {
    read_map(root, nothing, {}, properties(), config);
    const Node* sources = root.find("sources");
    const bool none = sources == nullptr || sources->kind == Node::Kind::null ||
                      (sources->kind == Node::Kind::sequence && sources->items.empty());
    if (none) {
      reading.problems.error(sources == nullptr ? start : in_file(sources->place),
                             "sources: there is none, so nothing would be taken: add one, such as {name: glossi, "
                             "preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}");
    }
  }
}

}  // namespace

void report_unknown(const Node& written, const Key& key, std::string_view section,
                    const std::vector<std::string>& names) {
  const std::string prefix = section.empty() ? std::string() : cat(section, ".");
  std::vector<std::string> siblings;
  std::string elsewhere;
  for (const std::string& name : names) {
    const std::size_t dot = name.rfind('.');
    const std::string leaf = dot == std::string::npos ? name : name.substr(dot + 1);
    if (name.starts_with(prefix) && name.size() == prefix.size() + leaf.size()) siblings.push_back(leaf);
    if (leaf == written.text || name == written.text) elsewhere = cat(name.substr(0, dot), ": {", leaf, ": VALUE}");
  }
  std::string hint;
  if (const std::optional<std::string> near = nearest(written.text, siblings)) {
    hint = cat("did you mean ", *near, "?");
  } else if (!elsewhere.empty()) {
    hint = cat("did you mean ", elsewhere, "?");
  } else {
    for (const std::string& sibling : siblings) hint += cat(hint.empty() ? "known here: " : ", ", sibling);
  }
  const Where where = in_file(written.place);
  key.reading().problems.error(where, cat("unknown key ", quote(key.member(written.text).name()), "; ", hint));
}

Loaded load(const std::string& file, std::string_view text, const Overrides& overrides, const Environment& environment,
            const Validators& validators) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Problems problems;
  std::map<std::string, Where> places;
  Reading reading{problems, places, environment, validators};
  Config config;
  config.file = file;

  const Document document = parse(text);
  for (const SyntaxProblem& problem : document.problems) problems.error(in_file(problem.place), problem.message);
  if (document.complete) {
    read_root(document.root, config, reading);
    finish(overrides, config, reading);
  }
  Loaded loaded;
  loaded.problems = problems.in_order(file, text, document.root);
  if (!problems.has_error()) loaded.config = std::move(config);
  return loaded;
}

Loaded load_without_file(const Overrides& overrides, const Environment& environment, const Validators& validators) {
  Problems problems;
  std::map<std::string, Where> places;
  const Reading reading{problems, places, environment, validators};
  Config config;
  for (const std::string_view preset : senders::preset_names()) {
    const std::string variable(senders::preset_secret_variable(preset));
    const std::optional<Secret> secret = read_variable(variable, environment);
    if (!secret) continue;
    Source source;
    source.name = source.preset = preset;
    source.path = default_path(source.name);
    source.secrets = {*secret};
    places.emplace(cat("sources[", config.sources.size(), "].secrets[0]"), at_argument(variable));
    for (const std::string& warning : secret_warnings(*secret)) problems.warning(at_argument(variable), warning);
    config.sources.push_back(std::move(source));
  }
  if (config.sources.empty()) {
    problems.error(
        {}, cat("no source: set ", secret_variables(),
                " to the sender's secret, or write a file and pass --config FILE; ", "to try it out: hookferry demo"));
  }
  finish(overrides, config, reading);
  Loaded loaded;
  loaded.problems = problems.in_order({}, {}, {});
  if (!problems.has_error()) loaded.config = std::move(config);
  return loaded;
}

}  // namespace hookferry::config
