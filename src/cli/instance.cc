#include "cli/instance.h"

#include <algorithm>
#include <charconv>
#include <iostream>

#include "app/changes.h"
#include "app/plan.h"
#include "app/token_source.h"
#include "base/text.h"
#include "cli/run.h"
#include "http/client.h"
#include "senders/json_tree.h"

namespace hookferry::cli {
namespace {

using senders::JsonNode;

constexpr Duration patience = std::chrono::seconds(3);
/// What no secret looks like, so that one that is not here can be told from one that is.
constexpr std::string_view absent = "\x01 hookferry: not to be had here: ";

/// Lets a configuration load though this person may not see its secrets: `tail` needs none of the senders'.
class ForgivingEnvironment final : public config::Environment {
 public:
  /// But for the configuration's own file, if there is one.
  explicit ForgivingEnvironment(const std::optional<std::string>& file) : file_(file) {}
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    auto value = system_.variable(name);
    if (value && !value->empty()) return value;
    return cat(absent, "the environment variable ", printable(name, 80), " is not set");
  }
  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override {
    auto content = system_.read_file(path);
    if (content || path == file_) return content;
    return Result<std::string>(boost::system::in_place_value, cat(absent, content.error().message));
  }

 private:
  config::SystemEnvironment system_;
  const std::optional<std::string>& file_;
};

bool is_absent(const std::string& value) {
  return value.starts_with(absent);
}

/// What is not here of that by which tokens are to be had, with the reason; empty where all is.
std::string absent_token(const config::OAuth& oauth) {
  const std::string& secret = oauth.client_secret.value;
  const std::string& token = oauth.token_file.content;
  if (is_absent(secret)) return cat("kafka.oauth.client_secret: ", secret.substr(absent.size()));
  if (is_absent(token)) return cat("kafka.oauth.token_file: ", token.substr(absent.size()));
  return {};
}

void take_kafka(const config::Kafka& kafka, Instance& instance) {
  for (const std::string& server : kafka.bootstrap_servers) {
    std::string& servers = instance.kafka.bootstrap_servers;
    servers.append(servers.empty() ? "" : ",").append(server);
  }
  const auto take = [&](std::string_view section, const std::string& name, const std::string& value) {
    if (is_absent(value)) {
      instance.missing.push_back(cat(section, ".", name, ": ", value.substr(absent.size()), " (pass it with -X)"));
    } else {
      instance.kafka.properties.emplace_back(name, value);
    }
  };
  for (const auto& [name, value] : kafka.properties) take("kafka.properties", name, value);
  for (const auto& [name, secret] : kafka.secrets) take("kafka.secrets", name, secret.value);
  const std::string why = absent_token(kafka.oauth);
  if (!why.empty()) instance.missing.push_back(why);
  if (why.empty()) instance.kafka.tokens = app::make_tokens(kafka);
}

InstanceSource source_of(const config::Source& configured, const app::Plan& plan, std::size_t i) {
  InstanceSource source;
  source.name = configured.name;
  source.preset = configured.preset;
  source.path = configured.path;
  source.events = plan.sources[i]->events();
  for (const pipeline::EventRoute& route : plan.routes[i].events) source.topics.push_back(plan.topics[route.topic]);
  source.quarantine_topic = plan.topics[plan.routes[i].quarantine];
  for (const config::Secret& secret : configured.secrets) {
    if (!is_absent(secret.value)) source.secrets.push_back(secret);
  }
  return source;
}

Result<Instance> from_config(const config::Config& config) {
  pipeline::Catalog catalog;
  const auto plan = app::make_plan(config, catalog);
  if (!plan) return plan.error();
  Instance instance;
  const auto address = config::parse_listen(config.http.listen);
  const std::string_view scheme = config.http.tls.used() ? "https" : "http";
  if (address && address->port != 0) instance.server = local_server(*address, scheme);
  take_kafka(config.kafka, instance);
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    instance.sources.push_back(source_of(config.sources[i], *plan, i));
    for (const config::Secret& secret : config.sources[i].secrets) {
      if (!is_absent(secret.value)) continue;
      instance.missing.push_back(cat("source ", config.sources[i].name, ": ", secret.value.substr(absent.size())));
    }
  }
  return instance;
}

std::string text_of(const JsonNode& object, std::string_view name) {
  const JsonNode* const member = object.find(name);
  return member == nullptr ? std::string() : member->string().value_or("");
}

std::vector<std::string> texts_of(const JsonNode& object, std::string_view name) {
  std::vector<std::string> texts;
  const JsonNode* const list = object.find(name);
  if (list == nullptr) return texts;
  for (const JsonNode& item : list->children) texts.push_back(item.string().value_or(""));
  return texts;
}

std::optional<InstanceSource> source_of(const JsonNode& node) {
  InstanceSource source;
  source.name = text_of(node, "name");
  source.preset = text_of(node, "preset");
  source.path = text_of(node, "path");
  source.events = texts_of(node, "events");
  source.topics = texts_of(node, "topics");
  source.quarantine_topic = text_of(node, "quarantine_topic");
  const bool whole = !source.name.empty() && !source.preset.empty() && source.path.starts_with('/') &&
                     source.topics.size() == source.events.size() && !source.quarantine_topic.empty();
  if (!whole) return std::nullopt;
  return source;
}

std::optional<Instance> read_status(const JsonNode& status) {
  Instance instance;
  const JsonNode* const sources = status.find("sources");
  const JsonNode* const kafka = status.find("kafka");
  const auto listen = config::parse_listen(text_of(status, "listen"));
  if (sources == nullptr || kafka == nullptr || !listen) return std::nullopt;
  for (const JsonNode& node : sources->children) {
    auto source = source_of(node);
    if (!source) return std::nullopt;
    instance.sources.push_back(std::move(*source));
  }
  const JsonNode* const port = status.find("port");
  const JsonNode* const tls = status.find("tls");
  const std::string_view scheme = tls != nullptr && tls->text == "true" ? "https" : "http";
  if (port != nullptr && port->text != "0") instance.server = local_server(*listen, scheme);
  instance.kafka.bootstrap_servers = text_of(*kafka, "bootstrap_servers");
  instance.security_protocol = text_of(*kafka, "security_protocol");
  return instance;
}

std::optional<Instance> load_instance(const CommonOptions& options, int& exit_code) {
  const auto config = load_without_secrets(options, exit_code);
  if (!config) return std::nullopt;
  auto instance = from_config(*config);
  if (instance) return std::move(*instance);
  complain(instance.error().message);
  exit_code = bad_input;
  return std::nullopt;
}

}  // namespace

const InstanceSource* Instance::find(std::string_view source) const {
  const auto found = std::ranges::find(sources, source, &InstanceSource::name);
  return found == sources.end() ? nullptr : &*found;
}

std::string Instance::source_names() const {
  std::string names;
  for (const InstanceSource& source : sources) names.append(names.empty() ? "" : ", ").append(source.name);
  return names;
}

std::string local_server(config::ListenAddress address, std::string_view scheme) {
  if (address.host == "::" || address.host == "0.0.0.0") address = {false, "127.0.0.1", address.port};
  return cat(scheme, "://", config::to_string(address));
}

Result<std::string> admin_server(const CommonOptions& options) {
  const auto address = config::parse_listen(options.overrides.admin.value_or(config::Admin().listen));
  if (!address) return error(cat("--admin: ", address.error().message));
  return Result<std::string>(boost::system::in_place_value, local_server(*address));
}

Result<Instance> parse_status(const std::string& admin_server, std::string_view json) {
  const auto status = senders::parse_json(json);
  auto instance = status ? read_status(*status) : std::nullopt;
  if (instance) return std::move(*instance);
  return error(cat("what answers at ", admin_server,
                   "/status is no hookferry of this version: pass --config FILE, or "
                   "--admin ADDR:PORT of the instance that is meant"));
}

Result<Instance> ask_instance(const std::string& admin_server) {
  const auto answer = http::Client(admin_server, patience).get("/status");
  if (!answer) {
    return error(cat("there is no configuration file, and no instance to ask: ", answer.error().message,
                     "; start one (hookferry serve), or pass --config FILE or --admin ADDR:PORT"));
  }
  return parse_status(admin_server, answer->status == 200 ? answer->body : std::string());
}

std::optional<Instance> find_instance(const CommonOptions& options, int& exit_code) {
  if (config_file(options)) return load_instance(options, exit_code);
  const auto server = admin_server(options);
  if (!server) {
    complain(server.error().message);
    exit_code = bad_input;
    return std::nullopt;
  }
  auto instance = ask_instance(*server);
  if (!instance) {
    complain(instance.error().message);
    exit_code = environment;
    return std::nullopt;
  }
  if (options.overrides.kafka) instance->kafka.bootstrap_servers = *options.overrides.kafka;
  return std::move(*instance);
}

std::optional<config::Config> load_without_secrets(const CommonOptions& options, int& exit_code) {
  auto origin = config_origin(options, exit_code);
  if (!origin) return std::nullopt;
  origin->checks.tls = nullptr;  // the key is not for everybody to read
  return load_config(*origin, ForgivingEnvironment(origin->file), exit_code, Warnings::hide);
}

std::optional<config::Config> load_for_kafka(const CommonOptions& options, int& exit_code) {
  auto config = load_without_secrets(options, exit_code);
  if (!config) return std::nullopt;
  for (const auto& [name, value] : app::client_properties(config->kafka)) {
    if (!is_absent(value)) continue;
    complain(cat("kafka: ", name, ": ", value.substr(absent.size())));
    exit_code = bad_input;
    return std::nullopt;
  }
  if (const std::string why = absent_token(config->kafka.oauth); !why.empty()) {
    complain(why);
    exit_code = bad_input;
    return std::nullopt;
  }
  return config;
}

}  // namespace hookferry::cli
