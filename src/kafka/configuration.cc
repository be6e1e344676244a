#include "kafka/configuration.h"

#include <array>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

/// Whether what a property holds may be a secret, so that no text of ours may have it.
bool may_be_secret(const std::string& name) {
  for (const char* part : {"password", "secret", "key", "token", "pem", "oauthbearer", "ssl_", "certificate"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

/// librdkafka takes fractions of a millisecond; written without printf, which would follow the locale.
std::string milliseconds(Duration duration) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const std::string fraction = cat(1000 + microseconds % 1000).substr(1);
  return cat(microseconds / 1000, ".", fraction);
}

}  // namespace

Result<void> set_property(rd_kafka_conf_t* configuration, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), reason.data(), reason.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  if (may_be_secret(name)) return error(cat("kafka.properties: librdkafka does not take the value of ", name));
  std::string text = reason.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return error(cat("kafka.properties: ", name, ": ", printable(text, 400)));
}

Result<void> set_properties(rd_kafka_conf_t* configuration, const Properties& properties) {
  for (const auto& [name, value] : properties) {
    if (auto set = set_property(configuration, name, value); !set) return set;
  }
  return {};
}

Result<ConfigurationHandle> common_configuration(const ProducerOptions& options) {
  ConfigurationHandle configuration(rd_kafka_conf_new());
  auto set = set_properties(configuration.get(), {{"client.id", "hookferry"},
                                                  {"socket.nagle.disable", "true"},
                                                  {"socket.keepalive.enable", "true"},
                                                  {"reconnect.backoff.ms", "50"},
                                                  {"reconnect.backoff.max.ms", "1000"},
                                                  // A leader that answers nothing, as a frozen or cut-off machine: what
                                                  // was sent to it goes to the next one only after this, and
                                                  // librdkafka's own minute is an outage of a minute.
                                                  {"socket.timeout.ms", "10000"},
                                                  {"log.thread.name", "false"},
                                                  // An idle connection that the broker closes is no news.
                                                  {"log.connection.close", "false"}});
  if (set) set = set_properties(configuration.get(), options.properties);
  if (set && options.tokens) set = set_property(configuration.get(), "sasl.mechanism", "OAUTHBEARER");
  if (set) {
    set = set_properties(configuration.get(),
                         {{"bootstrap.servers", options.bootstrap_servers}, {"allow.auto.create.topics", "false"}});
  }
  if (!set) return set.error();
  return configuration;
}

Result<ConfigurationHandle> producer_configuration(const ProducerOptions& options) {
  auto configuration = common_configuration(options);
  if (!configuration) return configuration;
  // librdkafka counts a record until its report's callback has returned, a little longer than whoever counts by
  // reports, and counts values only: the caps of the caller are the ones that bite.
  const std::size_t records = options.max_queued_records + options.max_queued_records / 8 + 16;
  const std::size_t kilobytes = (options.max_queued_bytes + options.max_queued_bytes / 8) / 1024 + 64;
  const auto set = set_properties(configuration->get(), {{"enable.idempotence", "true"},
                                                         {"acks", "all"},
                                                         {"max.in.flight.requests.per.connection", "5"},
                                                         {"message.timeout.ms", "0"},
                                                         {"partitioner", "murmur2_random"},
                                                         {"linger.ms", milliseconds(options.linger)},
                                                         {"queue.buffering.max.messages", cat(records)},
                                                         {"queue.buffering.max.kbytes", cat(kilobytes)},
                                                         // The topic's limit decides, not the client's.
                                                         {"message.max.bytes", "100000000"},
                                                         {"statistics.interval.ms", "2000"}});
  if (!set) return set.error();
  return configuration;
}

}  // namespace hookferry::kafka
