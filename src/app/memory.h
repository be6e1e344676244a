// What the bridge remembers of events beyond its own life: read back from Kafka, where all of them are.
#pragma once

#include <memory>
#include <mutex>

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

  [[nodiscard]] bool has_tail() const noexcept { return current() != nullptr; }
  /// Whether the warm-up is over.
  [[nodiscard]] bool warmed() const noexcept {
    const auto tail = current();
    return tail == nullptr || tail->warmed();
  }
  /// Only where there is one.
  [[nodiscard]] kafka::TailState tail() const { return current()->state(); }

  void set_topics(kafka::TopicSet topics);
  void set_credentials(const kafka::Credentials& credentials) noexcept;
  /// Reads on by another client: the one before goes on until that has caught up.
  [[nodiscard]] Result<void> reconnect(const kafka::ProducerOptions& kafka, kafka::TopicSet topics);
  /// The tail that another has caught up with, to be ended; null: none. To be asked now and then.
  [[nodiscard]] std::shared_ptr<kafka::Tail> take_replaced();
  /// A topic was made, or is back.
  void topics_came() noexcept;
  /// Kafka is there: from then on the warm-up has dedupe.warmup_timeout.
  void kafka_came() noexcept;

 private:
  void seen(const SeenRecord& record) noexcept override;
  void read_back(Duration back) noexcept override;
  [[nodiscard]] bool full() const noexcept override;

  /// What another tail reads: nothing that it does not read back is forgotten.
  class Again final : public Sightings {
   public:
    explicit Again(Memory& memory) : memory_(memory) {}
    void seen(const SeenRecord& record) noexcept override { memory_.seen(record); }
    void read_back(Duration) noexcept override {}
    [[nodiscard]] bool full() const noexcept override { return memory_.full(); }

   private:
    Memory& memory_;
  };

  [[nodiscard]] std::shared_ptr<kafka::Tail> current() const {
    const std::lock_guard lock(mutex_);
    return tail_;
  }
  /// That, and the one that is to take its place.
  template <class Do>
  void each(Do act) {
    const std::lock_guard lock(mutex_);
    for (const auto* const tail : {&tail_, &next_}) {
      if (*tail) act(**tail);
    }
  }

  dedupe::Cache& cache_;
  const bool wanted_;
  const kafka::TailOptions options_;
  Log& log_;
  const Clock& clock_;
  Again again_{*this};
  mutable std::mutex mutex_;  // guards what follows
  // The last members: their threads use the others.
  std::shared_ptr<kafka::Tail> tail_;
  std::shared_ptr<kafka::Tail> next_;
};

}  // namespace hookferry::app
