// The metrics, as Prometheus reads them. All names and labels are part of the public contract.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hookferry/telemetry.h"

namespace hookferry::metrics {

/// Every label value: series exist at 0 from when their value is known, and none is ever made from a request.
struct Labels {
  struct Source {
    std::string name;
    std::vector<std::string> events;
    std::size_t secrets = 1;
  };
  std::vector<Source> sources;      // by SourceId
  std::vector<std::string> topics;  // by TopicId
  std::string version;
  std::string revision;
};

/// Labels of hookferry_config_reloads_total{result}.
enum class ReloadResult : std::uint8_t { success, partial, failed };
inline constexpr std::string_view reload_result_names[] = {"success", "partial", "failed"};

/// Sizes and states, asked for at each scrape.
struct Gauges {
  std::uint64_t inflight_events = 0;
  std::uint64_t inflight_events_capacity = 0;
  std::uint64_t inflight_bytes = 0;
  std::uint64_t inflight_bytes_capacity = 0;
  std::uint64_t log_dropped = 0;  // total
  std::uint64_t dedupe_entries = 0;
  std::uint64_t dedupe_capacity = 0;
  std::uint64_t dedupe_evictions = 0;  // total
  double dedupe_horizon_seconds = 0;
  struct Tail {
    double lag_seconds = 0;
    bool up = false;
  };
  std::optional<Tail> dedupe_tail;  // absent where there is none
  std::uint64_t connections = 0;
  bool kafka_up = false;
  std::uint64_t kafka_retries = 0;                                  // total
  std::uint64_t kafka_tokens_fetched = 0;                           // total
  std::uint64_t kafka_tokens_failed = 0;                            // total
  std::vector<std::pair<std::int32_t, double>> broker_rtt_seconds;  // broker id, seconds
  struct Topic {
    int replication_factor = 0;
    int min_insync_replicas = 0;
    bool spooling = false;
    bool used = true;  // by the running configuration; else it has no gauges
  };
  std::vector<Topic> topics;  // by TopicId
  struct Spool {
    std::uint64_t events = 0;
    std::uint64_t parked = 0;
    std::uint64_t bytes = 0;
    std::uint64_t capacity = 0;
    double oldest_age_seconds = 0;  // 0 when there are none
  };
  std::optional<Spool> spool;     // nothing: there is none, and its gauges are 0
  std::uint64_t events_lost = 0;  // total
  bool draining = false;
  std::array<std::uint64_t, std::size(reload_result_names)> config_reloads{};  // totals, by ReloadResult
  std::optional<double> config_last_reload_seconds;                            // since the epoch
  bool config_restart_required = false;
  std::optional<double> tls_certificate_expiry_seconds;    // since the epoch; absent without TLS
  std::optional<double> kafka_certificate_expiry_seconds;  // likewise; absent where Kafka is shown none
};

/// Thread-safe. A source, event, topic or secret that is not among the labels is not counted: no call makes a series.
/// An answer whose code is none of the contract's (a fault of ours) is counted as 400 if it is a 4xx, else as 503, so
/// that every answer is counted.
class Metrics final : public Telemetry {
 public:
  /// `gauges` is called by `text`, on its thread.
  Metrics(const Labels& labels, std::function<Gauges()> gauges);
  ~Metrics() override;

  /// Adds the series of what `labels` has more than before: what was there stays where it was. By one thread at a time.
  void grow(const Labels& labels);

  void answered(SourceId source, int code, Duration duration) noexcept override;
  void rejected(SourceId source, Rejection reason) noexcept override;
  void event(SourceId source, EventId event, EventOutcome outcome) noexcept override;
  void secret_matched(SourceId source, std::size_t position) noexcept override;
  void delivered(TopicId topic, Duration duration) noexcept override;
  void publish_failed(TopicId topic, PublishFailure reason) noexcept override;
  void connection_rejected(ConnectionRejection reason) noexcept override;
  void spool_committed(Duration duration) noexcept override;
  void spool_failed() noexcept override;

  /// The text exposition format, version 0.0.4.
  [[nodiscard]] std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::metrics
