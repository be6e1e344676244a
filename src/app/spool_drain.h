// Brings what the spool of an instance that is gone still holds to Kafka: hookferry spool drain.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/no_telemetry.h"
#include "app/spooling.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "dedupe/cache.h"
#include "delivery/delivery.h"
#include "hookferry/clock.h"
#include "kafka/producer.h"
#include "kafka/topics.h"

namespace hookferry::app {

/// A bridge without its doors: nothing comes in, and it ends when the spool is empty. Not thread-safe.
class SpoolDrain final {
 public:
  /// Opens the spool of `config.spool`, which must be there, and connects to Kafka, which need not. With `parked` the
  /// events that Kafka refused before are tried again too. Fails where another process has the spool. `config`, `log`
  /// and `clock` must outlive it.
  static Result<std::unique_ptr<SpoolDrain>> start(const config::Config& config, bool parked, Log& log,
                                                   const Clock& clock);
  ~SpoolDrain();

  /// What the spool holds.
  [[nodiscard]] spool::Stats stats() const { return spooling_->stats(); }
  /// To be called every few milliseconds until nothing is left.
  void tick() { delivery_->tick(); }
  /// Why nothing may be moving, for people; empty: nothing is known to be wrong.
  [[nodiscard]] std::string problem() const;
  /// Ends it: what is not in Kafka stays in the spool. Whether all that was done is on the disk.
  [[nodiscard]] bool stop(Duration limit);

 private:
  class Nobody final : public Replies {
    void reply(const Waiter&, const Outcome&) noexcept override {}
  };
  SpoolDrain(const config::Config& config, Log& log, const Clock& clock);
  [[nodiscard]] Result<void> unpark();
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> connect();

  const config::Config& config_;
  Log& log_;
  const Clock& clock_;
  Nobody nobody_;
  NoTelemetry no_telemetry_;
  dedupe::Cache cache_;
  std::vector<std::string> topics_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::unique_ptr<Spooling> spooling_;
  std::unique_ptr<kafka::Producer> producer_;
  std::unique_ptr<kafka::TopicKeeper> keeper_;
};

}  // namespace hookferry::app
