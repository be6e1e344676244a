// What the bridge remembers of events beyond its own life: read back from Kafka, where all of them are.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "dedupe/cache.h"
#include "hookferry/clock.h"
#include "hookferry/sightings.h"
#include "kafka/producer.h"
#include "kafka/tail.h"

namespace hookferry::app {

/// Feeds the cache from the event topics, unless dedupe.warmup is 0 or the broker is embedded: then it does nothing,
/// and is warm at once. Thread-safe, once started. What it is given must outlive it.
class Memory final : private Sightings {
 public:
  Memory(dedupe::Cache& cache, const config::Config& config, Log& log, const Clock& clock);

  /// Kafka need not be there.
  [[nodiscard]] Result<void> start(const kafka::ProducerOptions& kafka, kafka::TopicSet topics);

  [[nodiscard]] bool has_tail() const noexcept { return tail_ != nullptr; }
  /// Whether the warm-up is over.
  [[nodiscard]] bool warmed() const noexcept { return tail_ == nullptr || tail_->warmed(); }
  /// Only where there is one.
  [[nodiscard]] kafka::TailState tail() const { return tail_->state(); }

  void set_topics(kafka::TopicSet topics);
  void set_credentials(const kafka::Credentials& credentials) noexcept;
  /// A topic was made, or is back.
  void topics_came() noexcept;
  /// Kafka is there: from then on the warm-up has dedupe.warmup_timeout.
  void kafka_came() noexcept;

 private:
  void seen(const SeenRecord& record) noexcept override;
  void read_back(Duration back) noexcept override;
  [[nodiscard]] bool full() const noexcept override;

  dedupe::Cache& cache_;
  const bool wanted_;
  const kafka::TailOptions options_;
  Log& log_;
  const Clock& clock_;
  std::unique_ptr<kafka::Tail> tail_;  // the last member: its thread uses the others
};

}  // namespace hookferry::app
