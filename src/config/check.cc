#include "config/check.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/units.h"
#include "config/address.h"
#include "config/oauth.h"
#include "config/tls_files.h"

namespace hookferry::config {
namespace {

/// What a record has besides the sender's data: CloudEvents attributes, headers, Kafka's own framing. Generous: names,
/// ids and trace headers at their longest.
constexpr std::uint64_t envelope = 8 << 10;
/// message.max.bytes, the broker's default for max.message.bytes: https://kafka.apache.org/documentation/#brokerconfigs
constexpr std::uint64_t default_record_limit = 1048588;
/// MeshQA tries again after 1 min, 5 min, 30 min and 2 h.
constexpr Duration last_retry = std::chrono::minutes(1 + 5 + 30 + 120);

std::optional<std::uint64_t> topic_number(const Config& config, const std::string& name) {
  const auto property = config.kafka.topic_config.find(name);
  if (property == config.kafka.topic_config.end()) return std::nullopt;
  const std::string& text = property->second;
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void check_listeners(const Config& config, const Reading& reading) {
  const Result<ListenAddress> http = parse_listen(config.http.listen);
  const Result<ListenAddress> admin = parse_listen(config.admin.listen);
  if (!http || !admin || !overlap(*http, *admin)) return;
  reading.problems.error(where_of(reading, {"admin.listen", "http.listen"}),
                         cat("admin.listen (", config.admin.listen, ") and http.listen (", config.http.listen,
                             ") take the same port: give one of them another"));
}

void check_connections(const Config& config, const Reading& reading) {
  const Http& http = config.http;
  for (std::size_t i = 0; i < http.trusted_proxies.size(); ++i) {
    if (!http.trusted_proxies[i].is_everyone()) continue;
    const std::string name = cat("http.trusted_proxies[", i, "]");
    reading.problems.warning(
        where_of(reading, {name}),
        cat(name, ": ", http.trusted_proxies[i].text(), " is everyone: whoever connects can say ", "to be any client"));
  }
  if (http.max_connections_per_address <= http.max_connections) return;
  reading.problems.error(where_of(reading, {"http.max_connections_per_address"}),
                         cat("http.max_connections_per_address (", http.max_connections_per_address,
                             ") is more than http.max_connections (", http.max_connections, "): it would never act"));
}

void check_memory(const Config& config, const Reading& reading) {
  const std::uint64_t request = config.http.max_body + config.http.max_head;
  if (config.http.max_buffered < request) {
    reading.problems.error(
        where_of(reading, {"http.max_buffered", "http.max_body", "http.max_head"}),
        cat("http.max_buffered (", format_size(config.http.max_buffered), ") is less than http.max_body and ",
            "http.max_head together (", format_size(request), "): the largest request would never fit"));
  }
  if (config.delivery.max_inflight_bytes < config.http.max_body + envelope) {
    reading.problems.error(where_of(reading, {"delivery.max_inflight_bytes", "http.max_body"}),
                           cat("delivery.max_inflight_bytes (", format_size(config.delivery.max_inflight_bytes),
                               ") is less than http.max_body with its envelope (",
                               format_size(config.http.max_body + envelope), "): the largest event would never fit"));
  }
  if (config.dedupe.max_entries < config.delivery.max_inflight_events) {
    reading.problems.error(
        where_of(reading, {"dedupe.max_entries", "delivery.max_inflight_events"}),
        cat("dedupe.max_entries (", config.dedupe.max_entries, ") is less than ", "delivery.max_inflight_events (",
            config.delivery.max_inflight_events, "): each event under way needs an entry"));
  }
}

void check_spool(const Config& config, const Reading& reading) {
  if (!config.spool.used()) {
    const bool begun = reading.places.contains("spool.max_size") || reading.places.contains("spool.after");
    if (!begun || reading.places.contains("spool.path")) return;
    reading.problems.error(where_of(reading, {"spool"}),
                           "spool.path is missing: write the spool's folder, such as /var/lib/hookferry, or remove the "
                           "section");
    return;
  }
  if (config.spool.after >= config.http.ack_deadline) {
    reading.problems.error(
        where_of(reading, {"spool.after", "http.ack_deadline"}),
        cat("spool.after (", format_duration(config.spool.after), ") is not shorter than ", "http.ack_deadline (",
            format_duration(config.http.ack_deadline), "): events would be answered 503 before they are spooled"));
  }
  const std::uint64_t least = 8 * (config.http.max_body + envelope);
  if (config.spool.max_size < least) {
    reading.problems.error(
        where_of(reading, {"spool.max_size", "http.max_body"}),
        cat("spool.max_size (", format_size(config.spool.max_size), ") is less than eight times ",
            "http.max_body with its envelope (", format_size(least), "): the largest event might never fit"));
  }
}

void check_record_limit(const Config& config, const Reading& reading) {
  const std::uint64_t largest = config.http.max_body + envelope;
  const std::string record = cat("the largest record (http.max_body with its envelope: ", format_size(largest), ")");
  const std::optional<std::uint64_t> limit = topic_number(config, "max.message.bytes");
  if (limit && *limit < largest) {
    reading.problems.warning(where_of(reading, {"kafka.create_topics.config.max.message.bytes", "http.max_body"}),
                             cat("kafka.create_topics.config: max.message.bytes (", *limit, ") is less than ", record,
                                 ": what does not fit is quarantined, or answered 503 where it fits nowhere"));
  } else if (!limit && largest > default_record_limit) {
    reading.problems.warning(
        where_of(reading, {"http.max_body"}),
        cat("http.max_body: ", record, " is more than Kafka takes by default (", default_record_limit,
            " bytes): set max.message.bytes in kafka.create_topics.config to at least ", largest));
  }
}

void check_durability(const Config& config, const Reading& reading) {
  if (!config.kafka.create_topics) return;
  const int replicas = config.kafka.replication_factor;
  const std::optional<std::uint64_t> in_sync = topic_number(config, "min.insync.replicas");
  if (config.kafka.min_durability == MinDurability::require && (replicas == 1 || (in_sync && *in_sync < 2))) {
    reading.problems.error(where_of(reading, {"kafka.min_durability"}),
                           "kafka.min_durability: require needs two replicas and min.insync.replicas 2, which topics "
                           "made by kafka.create_topics would not have");
  }
  if (in_sync && replicas > 0 && *in_sync > static_cast<std::uint64_t>(replicas)) {
    reading.problems.error(
        where_of(reading, {"kafka.create_topics.config.min.insync.replicas", "kafka.create_topics.config"}),
        cat("kafka.create_topics.config: min.insync.replicas (", *in_sync, ") is more than replication_factor (",
            replicas, "): Kafka would take no event"));
  }
}

/// Two values of one property: which of them counts would be a guess.
void check_property_twice(const Config& config, const Reading& reading) {
  for (const auto& [name, secret] : config.kafka.secrets) {
    const auto same_name = [&, &wanted = name](const auto& property) { return property.first == wanted; };
    if (std::none_of(config.kafka.properties.begin(), config.kafka.properties.end(), same_name)) continue;
    const std::string key = cat("kafka.secrets.", name);
    reading.problems.error(where_of(reading, {key}),
                           cat(key, ": ", name, " is in kafka.properties as well: keep it in one of them"));
  }
}

void check_times(const Config& config, const Reading& reading) {
  if (config.dedupe.ttl < last_retry) {
    reading.problems.warning(where_of(reading, {"dedupe.ttl"}),
                             "dedupe.ttl: a sender's last retry can come 2 h 36 min after its first attempt: less than "
                             "156m lets such a duplicate through");
  }
  if (config.shutdown.flush < config.http.ack_deadline) {
    reading.problems.warning(where_of(reading, {"shutdown.flush", "http.ack_deadline"}),
                             cat("shutdown.flush (", format_duration(config.shutdown.flush),
                                 ") is shorter than http.ack_deadline (", format_duration(config.http.ack_deadline),
                                 "): events under way at a stop get less time than at other times"));
  }
}

}  // namespace

Where where_of(const Reading& reading, std::initializer_list<std::string> keys) {
  for (const std::string& key : keys) {
    const auto found = reading.places.find(key);
    if (found != reading.places.end()) return found->second;
  }
  const auto file = reading.places.find("");
  return file == reading.places.end() ? Where{} : file->second;
}

void check_together(const Config& config, const Reading& reading) {
  check_listeners(config, reading);
  check_tls(config, reading);
  check_connections(config, reading);
  check_memory(config, reading);
  check_spool(config, reading);
  check_record_limit(config, reading);
  check_durability(config, reading);
  check_property_twice(config, reading);
  check_oauth(config, reading);
  check_times(config, reading);
  check_sources(config, reading);
}

}  // namespace hookferry::config
