// https://www.asyncapi.com/docs/reference/specification/v3.0.0, and its Kafka bindings:
// https://github.com/asyncapi/bindings/tree/master/kafka
#include "cli/asyncapi.h"

#include <algorithm>
#include <iostream>

#include "app/changes.h"
#include "app/version.h"
#include "base/json_text.h"
#include "base/text.h"
#include "cli/published.h"
#include "cli/run.h"
#include "senders/render.h"
#include "senders/sample.h"

namespace hookferry::cli {
namespace {

using senders::Source;
using senders::SourceEvent;

constexpr std::string_view binding_version = "0.5.0";
constexpr std::string_view description =
    "Webhooks that were verified, published once each as far as is known: records come at least once, and the same "
    "event "
    "always has the same id. They are in order of acceptance per key and topic; there is no order between topics.";
/// Of the examples: a quarter of a second after the time of the documented events.
constexpr WallTime received(std::chrono::milliseconds(1736937000250));

std::string reference(std::string_view where, std::string_view name) {
  return JsonObject().text("$ref", cat("#/", where, "/", name)).str();
}

std::string kafka_binding(JsonObject binding) {
  binding.text("bindingVersion", binding_version);
  return JsonObject().json("kafka", binding.str()).str();
}

/// One topic and what goes there. Topics are of letters, digits, '.', '_' and '-': names as components need them.
struct Channel {
  std::string topic;
  std::string description;
  std::string message;  // JSON
};

std::string header_values(const Record& record) {
  JsonObject headers;
  for (std::size_t i = 0; i < record.header_count(); ++i) headers.text(record.header_name(i), record.header_value(i));
  return headers.str();
}

std::string example(const Record& record) {
  JsonObject out;
  out.text("name", "documented").text("summary", "The event that the sender documents.");
  out.json("headers", header_values(record)).json("payload", record.value());
  return json_array(std::vector{out.str()});
}

Channel channel_of(const SourceEvent& event, const std::string& topic) {
  const Source& source = *event.source;
  const std::string& type = source.type(event.event);
  JsonObject binding;
  binding.json("key", senders::key_schema(event));
  JsonObject message;
  message.text("name", type).text("title", type).text("contentType", senders::event_content_type);
  message.json("headers", senders::headers_schema(event));
  message.json("payload", senders::value_schema(std::span(&event, 1)));
  message.json("bindings", kafka_binding(std::move(binding)));
  if (const auto record = senders::documented_record(event.source, event.event, received)) {
    message.json("examples", example(*record));
  }
  return {topic, cat("Events ", source.events()[event.event], " of ", source.name(), "."), message.str()};
}

Channel quarantine_of(const Source& source, const std::string& topic) {
  JsonObject message;
  message.text("name", topic).text("title", cat("Quarantined of ", source.name()));
  message.text("summary", "The body as it was received: any bytes.");
  message.json("headers", senders::quarantine_headers_schema(source));
  return {topic, cat("What ", source.name(), " signed and could not be published as an event, with the reason."),
          message.str()};
}

std::vector<Channel> channels_of(const Published& published) {
  std::vector<Channel> channels;
  for (std::size_t i = 0; i < published.events.size(); ++i) {
    channels.push_back(channel_of(published.events[i], published.topics[i]));
  }
  const app::Plan& plan = published.plan;
  for (std::size_t i = 0; i < plan.sources.size(); ++i) {
    channels.push_back(quarantine_of(*plan.sources[i], plan.topics[plan.routes[i].quarantine]));
  }
  return channels;
}

std::string channel_object(const Channel& channel) {
  JsonObject binding;
  binding.text("topic", channel.topic);
  JsonObject out;
  out.text("address", channel.topic).text("description", channel.description);
  out.json("messages", JsonObject().json(channel.topic, reference("components/messages", channel.topic)).str());
  return out.json("bindings", kafka_binding(std::move(binding))).str();
}

std::string operation_object(const Channel& channel) {
  JsonObject out;
  out.text("action", "send").json("channel", reference("channels", channel.topic));
  const std::string message = reference(cat("channels/", channel.topic, "/messages"), channel.topic);
  return out.json("messages", json_array(std::vector{message})).str();
}

/// As librdkafka takes it, in any case.
bool is_secure(const config::Kafka& kafka) {
  return std::ranges::any_of(app::client_properties(kafka), [](const auto& property) {
    const auto& [name, value] = property;
    return name == "security.protocol" && (value.ends_with("SSL") || value.ends_with("ssl"));
  });
}

std::string servers_object(const config::Kafka& kafka) {
  JsonObject servers;
  for (std::size_t i = 0; i < kafka.bootstrap_servers.size(); ++i) {
    JsonObject server;
    server.text("host", kafka.bootstrap_servers[i]).text("protocol", is_secure(kafka) ? "kafka-secure" : "kafka");
    servers.json(cat("kafka-", i + 1), server.str());
  }
  return servers.str();
}

std::string document(const Published& published) {
  JsonObject channels;
  JsonObject operations;
  JsonObject messages;
  for (const Channel& channel : channels_of(published)) {
    channels.json(channel.topic, channel_object(channel));
    operations.json(cat("publish-", channel.topic), operation_object(channel));
    messages.json(channel.topic, channel.message);
  }
  JsonObject info;
  info.text("title", "hookferry").text("version", app::version()).text("description", description);
  JsonObject out;
  out.text("asyncapi", "3.0.0").json("info", info.str());
  out.json("servers", servers_object(published.config.kafka));
  out.json("channels", channels.str()).json("operations", operations.str());
  return out.json("components", JsonObject().json("messages", messages.str()).str()).str();
}

}  // namespace

int asyncapi(const CommonOptions& common) {
  int exit_code = done;
  const auto published = load_published(common, exit_code);
  if (!published) return exit_code;
  std::cout << indented(document(*published)) << std::flush;
  return done;
}

}  // namespace hookferry::cli
