#include "metrics/families.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace hookferry::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using LabelList = std::vector<ClientMetric::Label>;

void add(MetricFamily& family, double value, LabelList labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

MetricFamily family_of(MetricType type, std::string_view name, std::string_view help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

/// A family of one series without labels.
template <class Number>
MetricFamily single(MetricType type, std::string_view name, Number value, std::string_view help) {
  MetricFamily family = family_of(type, name, help);
  add(family, static_cast<double>(value));
  return family;
}
template <class Number>
MetricFamily counter(std::string_view name, Number value, std::string_view help) {
  return single(MetricType::Counter, name, value, help);
}
template <class Number>
MetricFamily gauge(std::string_view name, Number value, std::string_view help) {
  return single(MetricType::Gauge, name, value, help);
}

/// A gauge with one series per topic in use; 0 for those of which nothing was said.
template <class ValueOf>
MetricFamily topic_gauge(std::string_view name, const Gauges& gauges, const Labels& labels, ValueOf value_of,
                         std::string_view help) {
  MetricFamily family = family_of(MetricType::Gauge, name, help);
  for (std::size_t i = 0; i < labels.topics.size(); ++i) {
    const Gauges::Topic topic = i < gauges.topics.size() ? gauges.topics[i] : Gauges::Topic{};
    if (!topic.used) continue;
    add(family, static_cast<double>(value_of(topic)), {{"topic", labels.topics[i]}});
  }
  return family;
}

MetricFamily broker_rtt(const Gauges& gauges) {
  MetricFamily family = family_of(
      MetricType::Gauge, "hookferry_kafka_broker_rtt_seconds",
      "Average round trip of requests to a broker of late. An event cannot be acknowledged faster than this.");
  for (const auto& [broker, seconds] : gauges.broker_rtt_seconds)
    add(family, seconds, {{"broker", std::to_string(broker)}});
  return family;
}

MetricFamily build_info(const Labels& labels) {
  MetricFamily family =
      family_of(MetricType::Gauge, "hookferry_build_info",
                "Always 1; the labels say what is running. Join on it to see what a release changed.");
  add(family, 1, {{"revision", labels.revision}, {"version", labels.version}});
  return family;
}

void append(std::vector<MetricFamily>& out, std::vector<MetricFamily> families) {
  std::move(families.begin(), families.end(), std::back_inserter(out));
}

std::vector<MetricFamily> delivery_families(const Gauges& gauges) {
  return {
      gauge("hookferry_inflight_events", gauges.inflight_events,
            "Verified events that are not durable yet. Near its capacity, new events are answered 503."),
      gauge("hookferry_inflight_events_capacity", gauges.inflight_events_capacity,
            "Bound of hookferry_inflight_events (delivery.max_inflight_events)."),
      gauge("hookferry_inflight_bytes", gauges.inflight_bytes,
            "Bytes of the records that are not durable yet. Near its capacity, new events are answered 503."),
      gauge("hookferry_inflight_bytes_capacity", gauges.inflight_bytes_capacity,
            "Bound of hookferry_inflight_bytes (delivery.max_inflight_bytes)."),
      counter("hookferry_events_lost_total", gauges.events_lost,
              "Events that were answered 200 and are gone. Anything but 0 is worth waking somebody for."),
      counter("hookferry_log_dropped_total", gauges.log_dropped,
              "Log lines dropped because what reads the log was slower than what was logged, or gone. No request waits "
              "for it."),
      gauge("hookferry_connections", gauges.connections, "Open connections to the webhook port."),
      gauge("hookferry_draining", gauges.draining,
            "1 from the order to stop until the end: requests are answered, but each closes its connection."),
  };
}

std::vector<MetricFamily> dedupe_families(const Gauges& gauges) {
  MetricFamily lag = family_of(
      MetricType::Gauge, "hookferry_dedupe_tail_lag_seconds",
      "How old the newest record was when the tail read it; while it is down, for how long. What another instance "
      "publishes is recognised after that time. Absent without a tail.");
  MetricFamily up = family_of(
      MetricType::Gauge, "hookferry_dedupe_tail_up",
      "1 while all topics are read, so that what other instances publish is recognised; /readyz says why not. Absent "
      "without a tail (dedupe.warmup 0s).");
  if (gauges.dedupe_tail) {
    add(lag, gauges.dedupe_tail->lag_seconds);
    add(up, gauges.dedupe_tail->up ? 1 : 0);
  }
  return {
      lag,
      up,
      gauge("hookferry_dedupe_entries", gauges.dedupe_entries,
            "Events remembered so that a sender's retry is a duplicate."),
      gauge("hookferry_dedupe_capacity", gauges.dedupe_capacity,
            "Bound of hookferry_dedupe_entries (dedupe.max_entries)."),
      counter("hookferry_dedupe_evictions_total", gauges.dedupe_evictions,
              "Events forgotten before dedupe.ttl to make room for newer ones. If it rises, raise dedupe.max_entries."),
      gauge("hookferry_dedupe_horizon_seconds", gauges.dedupe_horizon_seconds,
            "How far back duplicates are recognised. Below 9360 (2 h 36 min, MeshQA's last retry) some may be "
            "published twice."),
  };
}

std::vector<MetricFamily> kafka_families(const Gauges& gauges, const Labels& labels) {
  return {
      gauge("hookferry_kafka_up", gauges.kafka_up, "1 while at least one broker is connected and the producer works."),
      broker_rtt(gauges),
      counter("hookferry_kafka_retries_total", gauges.kafka_retries,
              "Produce requests that the Kafka client sent again. Some are normal when a leader moves."),
      topic_gauge(
          "hookferry_topic_mode", gauges, labels, [](const Gauges::Topic& topic) { return topic.spooling ? 1 : 0; },
          "0: events go to Kafka. 1: they go to the spool first, since Kafka does not take this topic's in time."),
      topic_gauge(
          "hookferry_topic_replication_factor", gauges, labels,
          [](const Gauges::Topic& topic) { return topic.replication_factor; },
          "Replicas of the topic's partitions; 0 until Kafka has told. With 1, the loss of a disk loses events."),
      topic_gauge(
          "hookferry_topic_min_insync_replicas", gauges, labels,
          [](const Gauges::Topic& topic) { return topic.min_insync_replicas; },
          "min.insync.replicas of the topic; 0 until Kafka has told. With 1, an acknowledged event may be on one disk "
          "only."),
  };
}

std::vector<MetricFamily> spool_families(const Gauges& gauges) {
  const Gauges::Spool spool = gauges.spool.value_or(Gauges::Spool{});
  return {
      gauge("hookferry_spool_events", spool.events,
            "Events that are durable here and not known to be in Kafka yet; parked ones are not among them."),
      gauge("hookferry_spool_parked_events", spool.parked,
            "Events that Kafka refuses for what they are: set aside, and tried again hourly. hookferry spool list."),
      gauge("hookferry_spool_bytes", spool.bytes,
            "Bytes of the spool in use. At its capacity events are answered 503 while Kafka does not take them."),
      gauge("hookferry_spool_capacity_bytes", spool.capacity,
            "Bound of hookferry_spool_bytes (spool.max_size); 0: there is no spool."),
      gauge("hookferry_spool_oldest_age_seconds", spool.oldest_age_seconds,
            "Since the oldest of hookferry_spool_events was accepted; 0 when there is none."),
  };
}

MetricFamily config_reloads(const Gauges& gauges) {
  MetricFamily family = family_of(
      MetricType::Counter, "hookferry_config_reloads_total",
      "Times the configuration was read again, after SIGHUP or because a file of it had changed. failed: it is not "
      "valid, what was running stays. partial: valid, but a part of it needs a restart; the log says which.");
  for (std::size_t i = 0; i < gauges.config_reloads.size(); ++i) {
    add(family, static_cast<double>(gauges.config_reloads[i]), {{"result", std::string(reload_result_names[i])}});
  }
  return family;
}

MetricFamily token_fetches(const Gauges& gauges) {
  MetricFamily family = family_of(
      MetricType::Counter, "hookferry_kafka_token_fetches_total",
      "Times a token to log in to Kafka with was fetched (kafka.oauth). failure: there was none; the log says why.");
  add(family, static_cast<double>(gauges.kafka_tokens_fetched), {{"result", "success"}});
  add(family, static_cast<double>(gauges.kafka_tokens_failed), {{"result", "failure"}});
  return family;
}

std::vector<MetricFamily> config_families(const Gauges& gauges) {
  MetricFamily last =
      family_of(MetricType::Gauge, "hookferry_config_last_reload_success_timestamp_seconds",
                "When the configuration was last read again and was valid (success or partial); absent until then.");
  if (gauges.config_last_reload_seconds) add(last, *gauges.config_last_reload_seconds);
  return {
      config_reloads(gauges),
      last,
      gauge("hookferry_config_restart_required", gauges.config_restart_required,
            "1 while the configuration on disk differs from the running one in something that only a restart applies; "
            "/readyz says what."),
  };
}

std::vector<MetricFamily> certificate_families(const Gauges& gauges) {
  MetricFamily own =
      family_of(MetricType::Gauge, "hookferry_tls_certificate_expiry_timestamp_seconds",
                "When the certificate of the webhook port, or one that is sent with it, expires, whichever is first; "
                "absent without http.tls.");
  if (gauges.tls_certificate_expiry_seconds) add(own, *gauges.tls_certificate_expiry_seconds);
  MetricFamily of_kafka =
      family_of(MetricType::Gauge, "hookferry_kafka_certificate_expiry_timestamp_seconds",
                "When the certificate that Kafka is shown (ssl.certificate.location or .pem), or one that is sent with "
                "it, expires, whichever is first; absent where it is shown none.");
  if (gauges.kafka_certificate_expiry_seconds) add(of_kafka, *gauges.kafka_certificate_expiry_seconds);
  return {own, of_kafka};
}

}  // namespace

std::vector<MetricFamily> gauge_families(const Gauges& gauges, const Labels& labels) {
  std::vector<MetricFamily> families = delivery_families(gauges);
  append(families, dedupe_families(gauges));
  append(families, kafka_families(gauges, labels));
  append(families, spool_families(gauges));
  append(families, config_families(gauges));
  families.push_back(token_fetches(gauges));
  append(families, certificate_families(gauges));
  families.push_back(build_info(labels));
  return families;
}

std::vector<MetricFamily> process_families(const ProcessUsage& usage) {
  return {
      counter("process_cpu_seconds_total", usage.cpu_seconds, "Total user and system CPU time spent in seconds."),
      gauge("process_resident_memory_bytes", usage.resident_bytes, "Resident memory size in bytes."),
      gauge("process_virtual_memory_bytes", usage.virtual_bytes, "Virtual memory size in bytes."),
      gauge("process_open_fds", usage.open_descriptors, "Number of open file descriptors."),
      gauge("process_max_fds", usage.max_descriptors, "Maximum number of open file descriptors."),
      gauge("process_start_time_seconds", usage.start_time_seconds,
            "Start time of the process since unix epoch in seconds."),
  };
}

MetricFamily last_event_family(const Labels& labels, const std::vector<std::vector<double>>& times) {
  MetricFamily family =
      family_of(MetricType::Gauge, "hookferry_last_event_timestamp_seconds",
                "When an event of this name last became durable; absent until one has. time() minus this is how long a "
                "sender has been silent.");
  for (std::size_t source = 0; source < times.size(); ++source) {
    for (std::size_t event = 0; event < times[source].size(); ++event) {
      if (times[source][event] == 0) continue;
      add(family, times[source][event],
          {{"event", labels.sources[source].events[event]}, {"source", labels.sources[source].name}});
    }
  }
  return family;
}

}  // namespace hookferry::metrics
