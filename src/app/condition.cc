// The state that a bridge is in, for /readyz and /metrics.
#include <algorithm>

#include "app/bridge.h"
#include "kafka/tokens.h"

namespace hookferry::app {
namespace {

/// How long the webhook port of a bridge with a spool stays closed for Kafka.
constexpr Duration kafka_grace = std::chrono::seconds(2);

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Readiness Bridge::readiness() const {
  return judge(condition());
}

Condition Bridge::condition() const {
  Condition condition;
  condition.draining = draining_.load();
  condition.embedded = config_.kafka.embedded;
  condition.min_durability = config_.kafka.min_durability;
  condition.needed_record_bytes = needed_record_bytes(config_.http.max_body);
  if (spooling_) condition.spool = spooling_->health();
  condition.waited_for_kafka = clock_.monotonic() >= started_ + kafka_grace;
  const std::lock_guard lock(mutex_);
  condition.open = open_;
  condition.nothing_served = serving_.served.empty();
  condition.waiting = serving_.waiting;
  condition.restart = reloads_.restart;
  condition.reload_failure = reloads_.failure;
  if (kafka_options_.tokens) condition.token_problem = kafka_options_.tokens->state().problem;
  if (producing_ && keeper_) {
    condition.kafka_up = producing_->now().connected();
    condition.topics_unknown_to_producer = producing_->now().state().unknown_topics;
    condition.topics_asked = keeper_->asked();
    if (memory_.has_tail()) {
      const kafka::TailState tail = memory_.tail();
      condition.warmed = tail.warmed;
      condition.tail_up = tail.up;
      condition.tail_problem = tail.problem;
    }
    for (std::size_t i = 0; i < plan_.topics.size(); ++i) {
      if (!plan_.used[i]) continue;
      condition.topic_names.push_back(plan_.topics[i]);
      condition.topics.push_back(keeper_->state(static_cast<TopicId>(i)));
      condition.refusals.push_back(delivery_->topic_refusal(static_cast<TopicId>(i)));
    }
  }
  return condition;
}

void Bridge::add_spool(metrics::Gauges& out) const {
  if (!spooling_) return;
  const spool::Stats stats = spooling_->stats();
  const auto age = stats.accepted ? clock_.wall() - *stats.accepted : Duration::zero();
  out.spool = {stats.events, stats.parked, stats.bytes, stats.capacity, seconds(std::max(age, Duration::zero()))};
  out.events_lost = stats.lost;
}

metrics::Gauges Bridge::gauges() const {
  metrics::Gauges out;
  const auto flights = delivery_->stats();
  out.inflight_events = flights.usage.events;
  out.inflight_events_capacity = flights.capacity.events;
  out.inflight_bytes = flights.usage.bytes;
  out.inflight_bytes_capacity = flights.capacity.bytes;
  out.log_dropped = log_.dropped();
  const dedupe::Stats seen = cache_.stats();
  out.dedupe_entries = seen.entries;
  out.dedupe_capacity = seen.capacity;
  out.dedupe_evictions = seen.evictions;
  out.dedupe_horizon_seconds = seconds(seen.horizon);
  out.draining = draining_.load();
  add_spool(out);
  const std::lock_guard lock(mutex_);
  out.connections = webhooks_->connections();
  out.config_reloads = reloads_.results;
  if (reloads_.last_success) {
    out.config_last_reload_seconds = seconds(reloads_.last_success->time_since_epoch());
  }
  out.config_restart_required = !reloads_.restart.empty();
  if (tls_) out.tls_certificate_expiry_seconds = seconds(tls_->expiry().time_since_epoch());
  if (kafka_certificate_end_) {
    out.kafka_certificate_expiry_seconds = seconds(kafka_certificate_end_->time_since_epoch());
  }
  if (!producing_ || !keeper_) return out;
  if (memory_.has_tail()) {
    const kafka::TailState tail = memory_.tail();
    out.dedupe_tail = {std::chrono::duration<double>(tail.lag).count(), tail.up};
  }
  if (kafka_options_.tokens) {
    const kafka::TokenState tokens = kafka_options_.tokens->state();
    out.kafka_tokens_fetched = tokens.fetched;
    out.kafka_tokens_failed = tokens.failed;
  }
  const kafka::ProducerState kafka = producing_->now().state();
  out.kafka_up = kafka.up;
  out.kafka_retries = kafka.retries;
  for (const kafka::BrokerState& broker : kafka.brokers) {
    if (broker.id >= 0) out.broker_rtt_seconds.emplace_back(broker.id, broker.rtt_seconds);
  }
  for (std::size_t i = 0; i < plan_.topics.size(); ++i) {
    const kafka::TopicState topic = keeper_->state(static_cast<TopicId>(i));
    out.topics.push_back({topic.replication_factor, topic.min_insync_replicas,
                          delivery_->mode(static_cast<TopicId>(i)) == delivery::Mode::spooling, plan_.used[i]});
  }
  return out;
}

}  // namespace hookferry::app
