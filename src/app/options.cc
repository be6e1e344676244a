#include "app/options.h"

#include <string>
#include <vector>

#include "app/changes.h"
#include "app/token_source.h"

namespace hookferry::app {

std::string join_servers(const config::Kafka& kafka) {
  std::string out;
  for (const std::string& server : kafka.bootstrap_servers) out.append(out.empty() ? "" : ",").append(server);
  return out;
}

kafka::ProducerOptions producer_options(const config::Config& config) {
  kafka::ProducerOptions options;
  options.bootstrap_servers = join_servers(config.kafka);
  options.linger = config.kafka.linger;
  options.properties = client_properties(config.kafka);
  options.max_queued_records = config.delivery.max_inflight_events;
  options.max_queued_bytes = config.delivery.max_inflight_bytes;
  options.tokens = make_tokens(config.kafka);
  return options;
}

kafka::TopicOptions topic_options(const config::Config& config) {
  kafka::TopicOptions options;
  options.create = config.kafka.create_topics;
  options.partitions = config.kafka.partitions;
  options.replication_factor = config.kafka.replication_factor;
  options.config = config.kafka.topic_config;
  options.admin_calls = !config.kafka.embedded;
  return options;
}

http::TlsFiles tls_files(const config::Tls& tls) {
  return {tls.certificate.content, tls.key.content, tls.client_ca.content};
}

delivery::Options delivery_options(const config::Config& config) {
  delivery::Options options;
  options.ack_deadline = config.http.ack_deadline;
  options.max_inflight_events = config.delivery.max_inflight_events;
  options.max_inflight_bytes = config.delivery.max_inflight_bytes;
  options.max_waiters = config.delivery.max_waiters;
  if (config.spool.used()) options.spool_after = config.spool.after;
  return options;
}

}  // namespace hookferry::app
