#include "app/changes.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "base/text.h"
#include "config/topic_names.h"
#include "http/tls.h"

namespace hookferry::app {
namespace {

constexpr std::array<const char*, 2> login_properties{"sasl.username", "sasl.password"};

using Values = std::vector<std::string>;

/// The value of a librdkafka property, empty where it is not set.
std::string client_property(const config::Kafka& kafka, std::string_view name) {
  for (const auto& [property, value] : client_properties(kafka)) {
    if (property == name) return value;
  }
  return {};
}

std::string mechanism(const config::Kafka& kafka) {
  const std::string value = client_property(kafka, "sasl.mechanism");
  return value.empty() ? client_property(kafka, "sasl.mechanisms") : value;
}

/// Whether a login has a name and a password that a running client can change, and goes to the same servers.
bool same_kind_of_login(const config::Kafka& running, const config::Kafka& next) {
  const std::string used = mechanism(running);
  return (used == "PLAIN" || used.starts_with("SCRAM-")) && used == mechanism(next) &&
         client_property(running, "security.protocol") == client_property(next, "security.protocol") &&
         running.bootstrap_servers == next.bootstrap_servers;
}

/// Takes over how `next` has a property, wherever it stands there.
void adopt(config::Kafka& kafka, const config::Kafka& next, const std::string& name) {
  const auto named = [&](const auto& property) { return property.first == name; };
  std::erase_if(kafka.properties, named);
  std::erase_if(kafka.secrets, named);
  std::ranges::copy_if(next.properties, std::back_inserter(kafka.properties), named);
  std::ranges::copy_if(next.secrets, std::back_inserter(kafka.secrets), named);
}

/// Whether tokens are used at all needs a restart: the clients are made for it.
void apply_oauth(const config::OAuth& next, Changes& changes) {
  config::OAuth& oauth = changes.effective.kafka.oauth;
  if (!oauth.used() || !next.used()) return;
  const config::OAuth before = std::exchange(oauth, next);
  std::vector<std::string_view> changed;
  if (before.token_url != next.token_url) changed.emplace_back("token_url");
  if (before.client_id != next.client_id) changed.emplace_back("client_id");
  if (before.client_secret.value != next.client_secret.value) changed.emplace_back("client_secret");
  if (before.scope != next.scope) changed.emplace_back("scope");
  if (before.ca.content != next.ca.content) changed.emplace_back("ca");
  if (before.token_file != next.token_file) changed.emplace_back("token_file");
  if (before.extensions != next.extensions) changed.emplace_back("extensions");
  for (const std::string_view key : changed) changes.applied.push_back(cat("Kafka: another kafka.oauth.", key));
  if (!changed.empty() || before.ca.path != next.ca.path) changes.oauth = next;
}

/// The properties of TLS that differ, those too whose file holds something else.
std::vector<std::string> changed_tls(const config::Kafka& running, const config::Kafka& next) {
  std::map<std::string, std::array<std::string, 2>> values;
  const auto note = [&](const config::Kafka& kafka, std::size_t which) {
    for (const auto& [name, value] : client_properties(kafka)) {
      if (name.starts_with("ssl.")) values[name].at(which) = value;
    }
    for (const auto& [name, content] : kafka.files) values[name].at(which) += content;
  };
  note(running, 0);
  note(next, 1);
  std::vector<std::string> changed;
  for (const auto& [name, both] : values) {
    if (both[0] != both[1]) changed.push_back(name);
  }
  return changed;
}

/// Where Kafka is talked to by TLS before and after.
void apply_certificates(const config::Kafka& next, Changes& changes) {
  config::Kafka& kafka = changes.effective.kafka;
  const std::string protocol = client_property(kafka, "security.protocol");
  const bool tls = protocol.ends_with("SSL") || protocol.ends_with("ssl");
  if (!tls || protocol != client_property(next, "security.protocol")) return;
  for (const std::string& name : changed_tls(kafka, next)) {
    adopt(kafka, next, name);
    changes.applied.push_back(cat("Kafka: another ", name, ", for new connections"));
    changes.certificates = true;
  }
  kafka.files = next.files;
}

void apply_kafka(const config::Kafka& next, Changes& changes) {
  config::Kafka& kafka = changes.effective.kafka;
  // Only where it stands, or where it comes from, may have changed.
  for (const auto& [name, value] : client_properties(next)) {
    if (client_property(kafka, name) == value) adopt(kafka, next, name);
  }
  apply_oauth(next.oauth, changes);
  apply_certificates(next, changes);
  if (!same_kind_of_login(kafka, next)) return;
  bool changed = false;
  for (const char* const name : login_properties) {
    const std::string value = client_property(next, name);
    if (value.empty() || value == client_property(kafka, name)) continue;
    adopt(kafka, next, name);
    changes.applied.push_back(cat("Kafka: a new ", name, " from the next login on"));
    changed = true;
  }
  if (changed) {
    changes.credentials =
        kafka::Credentials{client_property(kafka, "sasl.username"), client_property(kafka, "sasl.password")};
  }
}

/// Whether there is TLS at all needs a restart: senders and balancers have to change with it.
void apply_tls(const config::Tls& next, Changes& changes) {
  config::Tls& tls = changes.effective.http.tls;
  if (!tls.used() || !next.used()) return;
  const bool other_certificate = tls.certificate.content != next.certificate.content;
  const bool other_key = tls.key.content != next.key.content;
  const bool other_clients = tls.client_ca.content != next.client_ca.content;
  tls = next;
  if (other_certificate || other_key) {
    changes.applied.push_back(cat("http.tls: another ", other_certificate ? "certificate" : "key"));
  }
  if (other_clients) {
    changes.applied.emplace_back(next.client_ca.content.empty() ? "http.tls: clients need no certificate any more"
                                                                : "http.tls: another client_ca");
  }
  if (other_certificate || other_key || other_clients) changes.tls = next;
}

std::string_view name(LogLevel level) {
  constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

void apply_log(const config::LogSection& next, Changes& changes) {
  config::LogSection& log = changes.effective.log;
  if (log.level != next.level) {
    changes.applied.push_back(cat("log.level ", name(next.level), " (was ", name(log.level), ")"));
  }
  if (log.all_requests != next.all_requests) {
    changes.applied.push_back(cat("log.events ", next.all_requests ? "all" : "problems"));
  }
  if (log.full_addresses != next.full_addresses) {
    changes.applied.push_back(cat("log.addresses ", next.full_addresses ? "full" : "truncated"));
  }
  log.level = next.level;
  log.all_requests = next.all_requests;
  log.full_addresses = next.full_addresses;
}

const config::Source* find(const std::vector<config::Source>& sources, const std::string& name) {
  const auto found = std::ranges::find(sources, name, &config::Source::name);
  return found == sources.end() ? nullptr : &*found;
}

Values values_of(const std::vector<config::Secret>& secrets) {
  Values values;
  for (const config::Secret& secret : secrets) values.push_back(secret.value);
  return values;
}

std::string counted(std::size_t count, std::string_view what) {
  return cat(count, " ", what, count == 1 ? "" : "s");
}

/// What there is in `a` and not in `b`, each with a sign before it.
std::string without(char sign, const Values& a, const Values& b) {
  std::string out;
  for (const std::string& value : a) {
    if (std::ranges::find(b, value) == b.end()) out.append(" ").append(cat(sign, value));
  }
  return out;
}

/// " +192.0.2.0/24 -198.51.100.0/24"; empty where nothing changes for anyone.
std::string allowed(const config::Source& before, const config::Source& after) {
  if (after.allow.empty()) return before.allow.empty() ? "" : " anyone";
  const auto texts = [](const std::vector<Network>& networks) {
    Values values;
    for (const Network& network : networks) values.push_back(network.text());
    return values;
  };
  const Values old_ones = texts(before.allow);
  const Values new_ones = texts(after.allow);
  return without('+', new_ones, old_ones) + without('-', old_ones, new_ones);
}

void describe(const config::Source& before, const config::Source& after, std::vector<std::string>& applied) {
  const auto say = [&](const auto&... what) { applied.push_back(cat("source ", after.name, ": ", what...)); };
  if (before.secrets.size() != after.secrets.size()) {
    say(counted(after.secrets.size(), "secret"), " (was ", before.secrets.size(), ")");
  } else if (values_of(before.secrets) != values_of(after.secrets)) {
    say(after.secrets.size() == 1 ? "another secret" : cat("other secrets (", after.secrets.size(), ")"));
  }
  if (before.path != after.path) say("path ", after.path, " (was ", before.path, ")");
  if (before.preset != after.preset) say("preset ", after.preset, " (was ", before.preset, ")");
  const std::string events = without('+', after.events, before.events) + without('-', before.events, after.events);
  if (!events.empty()) say("events", events);
  if (before.source_uri != after.source_uri) say("another source_uri");
  if (before.type != after.type) say("another type");
  if (const std::string networks = allowed(before, after); !networks.empty()) say("allow", networks);
}

void describe_sources(const std::vector<config::Source>& before, const std::vector<config::Source>& after,
                      std::vector<std::string>& applied) {
  for (const config::Source& source : after) {
    if (const config::Source* const same = find(before, source.name)) {
      describe(*same, source, applied);
    } else {
      applied.push_back(cat("source ", source.name, " added (POST ", source.path, ", ",
                            counted(source.secrets.size(), "secret"), ")"));
    }
  }
  for (const config::Source& source : before) {
    if (find(after, source.name) == nullptr) applied.push_back(cat("source ", source.name, " removed"));
  }
}

/// Whether `after` has a topic that `before` does not have.
bool wants_topics(const config::Source* before, const config::Source& after) {
  if (before == nullptr || before->preset != after.preset) return true;
  return !without('+', after.events, before->events).empty();
}

/// What can be applied of a source that was there `before` while it may not have new topics.
config::Source without_new_topics(const config::Source& before, const config::Source& after) {
  config::Source source = before.preset == after.preset ? after : before;
  source.path = after.path;
  source.allow = after.allow;
  std::erase_if(source.events, [&](const std::string& event) {
    return std::ranges::find(before.events, event) == before.events.end();
  });
  return source;
}

/// The source whose path a new one takes over, as when it is renamed.
const config::Source* replaced_by(const config::Source& source, const std::vector<config::Source>& before,
                                  const std::vector<config::Source>& next) {
  const auto found = std::ranges::find(before, source.path, &config::Source::path);
  return found == before.end() || find(next, found->name) != nullptr ? nullptr : &*found;
}

bool names_topics(const std::string& key) {
  return key == "kafka.topic" || key == "kafka.quarantine_topic" || key.starts_with("kafka.create_topics.");
}

void apply_sources(const std::vector<config::Source>& next, bool new_topics, Changes& changes) {
  const std::vector<config::Source> before = std::exchange(changes.effective.sources, {});
  for (const config::Source& source : next) {
    const config::Source* const same = find(before, source.name);
    if (new_topics || !wants_topics(same, source)) {
      changes.effective.sources.push_back(source);
    } else if (same != nullptr) {
      changes.effective.sources.push_back(without_new_topics(*same, source));
    } else if (const config::Source* const stays = replaced_by(source, before, next)) {
      changes.effective.sources.push_back(*stays);
    }
  }
  describe_sources(before, changes.effective.sources, changes.applied);
}

/// What still differs when all is applied that can be; of sources, which.
std::vector<std::string> left(const config::Config& effective, const config::Config& next) {
  std::vector<std::string> keys;
  for (const std::string& key : config::changed_keys(effective, next)) {
    if (key != "sources") {
      keys.push_back(key);
      continue;
    }
    for (const config::Source& source : next.sources) {
      const config::Source* const applied = find(effective.sources, source.name);
      if (applied == nullptr || *applied != source) keys.push_back(cat("sources (new topics of ", source.name, ")"));
    }
  }
  return keys;
}

}  // namespace

std::optional<WallTime> certificate_end(const config::Kafka& kafka) {
  const auto file = kafka.files.find("ssl.certificate.location");
  const auto end = http::certificate_expiry(file == kafka.files.end() ? client_property(kafka, "ssl.certificate.pem")
                                                                      : file->second);
  return end ? std::optional(*end) : std::nullopt;
}

kafka::Properties client_properties(const config::Kafka& kafka) {
  kafka::Properties properties = kafka.properties;
  for (const auto& [name, secret] : kafka.secrets) properties.emplace_back(name, secret.value);
  return properties;
}

Result<Changes> compare(const config::Config& running, const config::Config& next) {
  Changes changes;
  changes.effective = running;
  changes.effective.file = next.file;
  const bool new_topics = std::ranges::none_of(config::changed_keys(running, next), names_topics);
  apply_sources(next.sources, new_topics, changes);
  apply_tls(next.http.tls, changes);
  apply_log(next.log, changes);
  apply_kafka(next.kafka, changes);
  changes.restart = left(changes.effective, next);
  const std::vector<config::TopicProblem> problems = config::check_topics(changes.effective);
  if (!problems.empty()) {
    return error(cat("the sources do not go together with the kafka.topic and kafka.quarantine_topic that are in ",
                     "effect until a restart: ", problems.front().message));
  }
  return changes;
}

}  // namespace hookferry::app
