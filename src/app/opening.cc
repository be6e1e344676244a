#include "app/opening.h"

#include <algorithm>

#include "app/version.h"
#include "base/text.h"
#include "base/units.h"

namespace hookferry::app {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string counted(std::size_t count, std::string_view what) {
  return cat(count, " ", what, count == 1 ? "" : "s");
}

/// As a person would reach it from here: any address is localhost.
std::string url(std::string_view scheme, std::string_view listen, std::uint16_t port) {
  const std::size_t colon = listen.rfind(':');
  std::string_view host = listen.substr(0, colon);
  if (host.empty() || host == "[::]" || host == "0.0.0.0" || host == "127.0.0.1" || host == "[::1]") host = "localhost";
  return cat(scheme, "://", host, ":", port);
}

std::string secrets_of(const config::Source& source) {
  std::string names;
  for (const config::Secret& secret : source.secrets) {
    std::string_view origin = secret.origin;
    if (origin.starts_with("env ")) origin.remove_prefix(4);
    names.append(names.empty() ? "" : ", ").append(origin);
  }
  return cat(counted(source.secrets.size(), "secret"), " (", names, ")");
}

}  // namespace

std::vector<std::string> opening_lines(const Bridge& bridge) {
  const config::Config& config = bridge.config();
  std::vector<std::string> lines{
      cat("hookferry ", version(), "  ",
          config.file.empty() ? "no config file: environment and flags" : cat("config ", config.file))};
  const std::string webhooks = url(config.http.tls.used() ? "https" : "http", config.http.listen, bridge.bound_port());
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const config::Source& source = config.sources[i];
    lines.push_back(cat("  source   ", padded(source.name, 8), " POST ", webhooks, source.path, "   ",
                        counted(bridge.plan().sources[i]->events().size(), "event"), "   ", secrets_of(source)));
  }
  for (const std::string_view preset : senders::preset_names()) {
    const bool served =
        std::ranges::any_of(config.sources, [&](const config::Source& s) { return s.preset == preset; });
    if (served || !config.file.empty()) continue;
    lines.push_back(
        cat("  source   ", padded(std::string(preset), 8), " off: set ", senders::preset_secret_variable(preset)));
  }
  const std::string brokers = bridge.kafka_options().bootstrap_servers;
  lines.push_back(config.kafka.embedded ? cat("  kafka    embedded at ", brokers,
                                              ", memory only: gone when this stops, acknowledged or not")
                                        : cat("  kafka    ", brokers));
  if (const auto spool = bridge.spooled()) {
    lines.push_back(cat("  spool    ", config.spool.path, "   ", counted(spool->events, "event"), " from before   ",
                        human_size(spool->capacity), " at most"));
  }
  return lines;
}

std::string ready_line(const Bridge& bridge, Duration after) {
  const std::string admin = url("http", bridge.config().admin.listen, bridge.admin_port());
  return cat("  admin    ", admin, "        ready in ", human_duration(after));
}

std::string try_line(const Bridge& bridge) {
  const config::Config& config = bridge.config();
  if (!config.file.empty()) return {};
  // The commands look for the admin port where it is by default.
  const std::string admin =
      config.admin.listen == config::Admin().listen ? std::string() : cat(" --admin ", config.admin.listen);
  return cat("  try      hookferry send --source ", config.sources.front().name, admin,
             "          (second terminal: hookferry tail", admin, ")");
}

}  // namespace hookferry::app
