#include "cli/topics.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "app/options.h"
#include "base/text.h"
#include "cli/instance.h"
#include "cli/run.h"
#include "cli/terminal.h"

namespace hookferry::cli {
namespace {

using app::WantedTopic;

std::string join(const std::vector<std::string_view>& words, std::string_view between) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : between).append(word);
  return out;
}

/// For sh.
std::string quoted(std::string_view text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-._:/,=@").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return std::string(text);
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? std::string("'\\''") : std::string(1, c));
  return out + "'";
}

/// For YAML, as JSON, which is YAML.
std::string in_json(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

/// For HCL, in which ${ and %{ begin a template.
std::string in_hcl(std::string_view text) {
  std::string out;
  for (const char c : in_json(text)) {
    if (c == '{' && (out.ends_with('$') || out.ends_with('%'))) out.push_back(out.back());
    out.push_back(c);
  }
  return out;
}

/// The entries of a map, as `terraform fmt` aligns them.
std::string hcl_entries(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::size_t width = 0;
  for (const auto& [key, value] : entries) width = std::max(width, in_hcl(key).size());
  std::string out;
  for (const auto& [key, value] : entries) out += cat("    ", padded(in_hcl(key), width), " = ", value, "\n");
  return out;
}

/// The topics with the same rights, by those.
std::map<std::string, std::vector<const WantedTopic*>> by_rights(const TopicsToMake& wanted) {
  std::map<std::string, std::vector<const WantedTopic*>> groups;
  for (const WantedTopic& topic : wanted.topics) groups[join(topic.rights, " ")].push_back(&topic);
  return groups;
}

/// metadata.name is of lower case letters, digits, '-' and '.', where a topic's may have '_' and upper case:
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
std::string resource_name(const std::string& topic, std::set<std::string>& taken) {
  std::string name;
  for (const char c : topic) {
    name.push_back(c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  while (!name.empty() && std::isalnum(static_cast<unsigned char>(name.back())) == 0) name.pop_back();
  const std::string first = name;
  for (int i = 2; !taken.insert(name).second; ++i) name = cat(first, "-", i);
  return name;
}

std::string strimzi_head(std::string_view kind, std::string_view name) {
  return cat("apiVersion: kafka.strimzi.io/v1\nkind: ", kind, "\nmetadata:\n  name: ", in_json(name),
             "\n  labels:\n    strimzi.io/cluster: my-cluster\n");
}

std::string strimzi_topic(const config::Kafka& kafka, const std::string& topic, const std::string& name) {
  std::string out = strimzi_head("KafkaTopic", name);
  out += cat("spec:\n  topicName: ", in_json(topic), "\n  partitions: ", kafka.partitions, "\n");
  if (kafka.replication_factor > 0) out += cat("  replicas: ", kafka.replication_factor, "\n");
  if (!kafka.topic_config.empty()) out += "  config:\n";
  for (const auto& [key, value] : kafka.topic_config) out += cat("    ", key, ": ", in_json(value), "\n");
  return out + "---\n";
}

}  // namespace

std::string topics_as_text(const TopicsToMake& wanted) {
  const config::Kafka& kafka = wanted.kafka;
  std::size_t name_width = 0;
  std::size_t use_width = 0;
  for (const WantedTopic& topic : wanted.topics) {
    name_width = std::max(name_width, topic.name.size());
    use_width = std::max(use_width, topic.use.size());
  }
  std::string out = cat(wanted.topics.size(), " topics at ", wanted.servers, ", each with ", kafka.partitions,
                        kafka.partitions == 1 ? " partition and " : " partitions and ");
  out += kafka.replication_factor > 0
             ? cat(kafka.replication_factor, kafka.replication_factor == 1 ? " replica" : " replicas")
             : std::string("the broker's default of replicas");
  for (const auto& [key, value] : kafka.topic_config) out += cat(", ", key, " ", printable(value));
  out += cat("; rights of ", wanted.principal, ":\n");
  for (const WantedTopic& topic : wanted.topics) {
    out += cat("  ", padded(topic.name, name_width), "  ", padded(topic.use, use_width), "  ", join(topic.rights, " "),
               "\n");
  }
  out += kafka.create_topics
             ? "hookferry makes those that are missing itself (kafka.create_topics), and needs Create for it "
               "alone.\n"
             : "hookferry makes none of them: kafka.create_topics.enabled is false.\n";
  return out;
}

std::string topics_as_kafka_cli(const TopicsToMake& wanted) {
  std::string options = cat(" --partitions ", wanted.kafka.partitions);
  if (wanted.kafka.replication_factor > 0) options += cat(" --replication-factor ", wanted.kafka.replication_factor);
  for (const auto& [key, value] : wanted.kafka.topic_config) options += cat(" --config ", quoted(cat(key, "=", value)));
  std::string out =
      cat("#!/bin/sh\n",
          "# Topics and rights of hookferry, by the tools of Kafka (on the PATH), as somebody who may make them:\n",
          "# COMMAND_CONFIG names a file of properties to log in with.\n", "set -eu\n", "kafka() {\n",
          "  tool=$1\n  shift\n  \"$tool\" --bootstrap-server ", quoted(wanted.servers),
          " ${COMMAND_CONFIG:+--command-config \"$COMMAND_CONFIG\"} \"$@\"\n}\n");
  for (const WantedTopic& topic : wanted.topics) {
    out += cat("kafka kafka-topics.sh --create --if-not-exists --topic ", topic.name, options, "\n");
  }
  for (const auto& [rights, topics] : by_rights(wanted)) {
    out += cat("kafka kafka-acls.sh --add --allow-principal ", quoted(wanted.principal));
    for (const std::string_view right : topics.front()->rights) out += cat(" --operation ", right);
    for (const WantedTopic* const topic : topics) out += cat(" \\\n  --topic ", topic->name);
    out += "\n";
  }
  return out;
}

std::string topics_as_strimzi(const TopicsToMake& wanted) {
  std::string out =
      "# Write the name of your Kafka resource for my-cluster. Before Strimzi 0.49 the apiVersion is "
      "kafka.strimzi.io/v1beta2.\n";
  std::set<std::string> taken;
  for (const WantedTopic& topic : wanted.topics) {
    out += strimzi_topic(wanted.kafka, topic.name, resource_name(topic.name, taken));
  }
  const std::size_t colon = wanted.principal.find(':');
  const std::string user = wanted.principal.substr(colon == std::string::npos ? 0 : colon + 1);
  out += cat(strimzi_head("KafkaUser", user), "spec:\n  authorization:\n    type: simple\n    acls:\n");
  for (const WantedTopic& topic : wanted.topics) {
    out += cat("      - resource: {type: topic, name: ", in_json(topic.name),
               ", patternType: literal}\n        operations: [", join(topic.rights, ", "), "]\n");
  }
  return out;
}

std::string topics_as_terraform(const TopicsToMake& wanted) {
  const config::Kafka& kafka = wanted.kafka;
  std::string out = "# For the provider Mongey/kafka.\nlocals {\n  hookferry_topics = {\n";
  std::vector<std::pair<std::string, std::string>> rights;
  for (const WantedTopic& topic : wanted.topics) {
    rights.emplace_back(topic.name, cat("[\"", join(topic.rights, "\", \""), "\"]"));
  }
  out += hcl_entries(rights);
  out += "  }\n}\n\n";
  out += cat("resource \"kafka_topic\" \"hookferry\" {\n  for_each           = local.hookferry_topics\n",
             "  name               = each.key\n  partitions         = ", kafka.partitions,
             "\n  replication_factor = ", kafka.replication_factor, "\n");
  if (!kafka.topic_config.empty()) out += "  config = {\n";
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [key, value] : kafka.topic_config) settings.emplace_back(key, in_hcl(value));
  out += hcl_entries(settings);
  if (!kafka.topic_config.empty()) out += "  }\n";
  out += cat(R"(}

resource "kafka_acl" "hookferry" {
  for_each = merge([for topic, operations in local.hookferry_topics : {
    for operation in operations : "${topic}/${operation}" => { topic = topic, operation = operation }
  }]...)
  resource_type       = "Topic"
  resource_name       = each.value.topic
  acl_principal       = )",
             in_hcl(wanted.principal), R"(
  acl_host            = "*"
  acl_operation       = each.value.operation
  acl_permission_type = "Allow"
}
)");
  return out;
}

int topics(const CommonOptions& common, const TopicsOptions& options) {
  int exit_code = done;
  const auto config = load_without_secrets(common, exit_code);
  if (!config) return exit_code;
  TopicsToMake wanted{app::join_servers(config->kafka), config->kafka, options.principal, app::wanted_topics(*config)};
  if (wanted.principal.empty()) wanted.principal = app::principal(config->kafka);
  if (wanted.principal.empty()) wanted.principal = "User:hookferry";
  std::cout << (options.format == "kafka-cli"   ? topics_as_kafka_cli(wanted)
                : options.format == "strimzi"   ? topics_as_strimzi(wanted)
                : options.format == "terraform" ? topics_as_terraform(wanted)
                                                : topics_as_text(wanted))
            << std::flush;
  return done;
}

}  // namespace hookferry::cli
