// What this instance is doing, as JSON: /status.
#include <array>

#include "app/bridge.h"
#include "app/version.h"
#include "base/text.h"

namespace hookferry::app {
namespace {

/// Writes JSON objects and arrays, with the commas where they belong.
class Writer {
 public:
  Writer& open(char bracket) {
    comma();
    out_.push_back(bracket);
    fresh_ = true;
    return *this;
  }
  Writer& close(char bracket) {
    out_.push_back(bracket);
    fresh_ = false;
    return *this;
  }
  Writer& key(std::string_view name) {
    text(name);
    out_.push_back(':');
    fresh_ = true;
    return *this;
  }
  Writer& text(std::string_view value) {
    comma();
    out_.push_back('"');
    append_json_escaped(out_, value);
    out_.push_back('"');
    return *this;
  }
  Writer& number(std::integral auto value) {
    comma();
    out_.append(cat(value));
    return *this;
  }
  Writer& boolean(bool value) {
    comma();
    out_.append(value ? "true" : "false");
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void comma() {
    if (!fresh_) out_.push_back(',');
    fresh_ = false;
  }
  std::string out_;
  bool fresh_ = true;
};

std::string_view name(kafka::TopicState::Kind kind) {
  constexpr std::array<std::string_view, 4> names{"unasked", "present", "missing", "not-authorized"};
  return names[static_cast<std::size_t>(kind)];
}

/// With what `send` and `tail` ask for: how a source signs, where it is served, and where its events go.
void write_sources(Writer& out, const Plan& plan) {
  out.key("sources").open('[');
  for (std::size_t i = 0; i < plan.sources.size(); ++i) {
    const senders::Source& source = *plan.sources[i];
    out.open('{').key("name").text(source.name()).key("preset").text(source.preset());
    out.key("path").text(source.path()).key("events").open('[');
    for (const std::string& event : source.events()) out.text(event);
    out.close(']').key("topics").open('[');
    for (const auto& route : plan.routes[i].events) out.text(plan.topics[route.topic]);
    out.close(']').key("quarantine_topic").text(plan.topics[plan.routes[i].quarantine]);
    out.key("secrets").number(source.secrets().size()).close('}');
  }
  out.close(']');
}

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

void write_tail(Writer& out, const kafka::TailState& tail) {
  out.key("tail").open('{').key("warmed").boolean(tail.warmed).key("up").boolean(tail.up);
  out.key("lag_ms").number(std::chrono::duration_cast<std::chrono::milliseconds>(tail.lag).count());
  out.key("events").number(tail.records).key("passed_over").number(tail.passed_over);
  if (!tail.problem.empty()) out.key("problem").text(tail.problem);
  out.close('}');
}

void write_topic(Writer& out, const std::string& topic_name, const kafka::TopicState& topic) {
  out.open('{')
      .key("name")
      .text(topic_name)
      .key("state")
      .text(name(topic.kind))
      .key("partitions")
      .number(topic.partitions);
  out.key("replication_factor").number(topic.replication_factor);
  out.key("min_insync_replicas").number(topic.min_insync_replicas);
  out.key("max_message_bytes").number(topic.max_message_bytes);
  if (!topic.problem.empty()) out.key("problem").text(topic.problem);
  out.close('}');
}

/// How Kafka is talked to; of how to log in nothing is told.
std::string security_protocol(const kafka::ProducerOptions& options) {
  for (const auto& [name, value] : options.properties) {
    if (name == "security.protocol") return value;
  }
  return "plaintext";
}

void write_kafka(Writer& out, const kafka::ProducerState& kafka, const kafka::ProducerOptions& options) {
  out.key("kafka").open('{').key("bootstrap_servers").text(options.bootstrap_servers);
  out.key("security_protocol").text(security_protocol(options)).key("up").boolean(kafka.up);
  if (!kafka.last_error.empty()) out.key("last_error").text(kafka.last_error);
  out.key("brokers").open('[');
  for (const kafka::BrokerState& broker : kafka.brokers) {
    if (broker.id < 0) continue;
    out.open('{').key("id").number(broker.id).key("up").boolean(broker.up);
    out.key("rtt_us").number(static_cast<std::int64_t>(broker.rtt_seconds * 1e6)).close('}');
  }
  out.close(']').close('}');
}

void write_spool(Writer& out, const spool::Stats& spool, const std::string& path) {
  out.key("spool").open('{').key("path").text(path).key("events").number(spool.events);
  out.key("parked").number(spool.parked).key("bytes").number(spool.bytes).key("capacity_bytes").number(spool.capacity);
  out.close('}');
}

}  // namespace

std::string Bridge::status() const {
  Writer out;
  out.open('{').key("version").text(version()).key("revision").text(revision());
  out.key("uptime_seconds").number(whole_seconds(clock_.monotonic() - started_));
  const std::string& listen = config_.http.listen;
  out.key("listen").text(cat(listen.substr(0, listen.rfind(':') + 1), bound_port()));
  out.key("port").number(port()).key("tls").boolean(config_.http.tls.used()).key("draining").boolean(draining_.load());
  const Plan plan = this->plan();
  write_sources(out, plan);
  const auto flights = delivery_->stats();
  out.key("inflight").open('{').key("events").number(flights.usage.events).key("bytes").number(flights.usage.bytes);
  out.close('}');
  const dedupe::Stats seen = cache_.stats();
  out.key("dedupe").open('{').key("entries").number(seen.entries).key("capacity").number(seen.capacity);
  out.key("evictions").number(seen.evictions).key("horizon_seconds").number(whole_seconds(seen.horizon));
  const std::lock_guard lock(mutex_);
  if (producing_ && memory_.has_tail()) write_tail(out, memory_.tail());
  out.close('}');
  if (spooling_) write_spool(out, spooling_->stats(), config_.spool.path);
  if (producing_ && keeper_) {
    write_kafka(out, producing_->now().state(), kafka_options_);
    out.key("topics").open('[');
    for (std::size_t i = 0; i < plan.topics.size(); ++i) {
      if (plan.used[i]) write_topic(out, plan.topics[i], keeper_->state(static_cast<TopicId>(i)));
    }
    out.close(']');
  }
  out.close('}');
  return out.take() + "\n";
}

}  // namespace hookferry::app
