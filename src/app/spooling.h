// The spool's place in the bridge: what it held is restored, goes to Kafka, and parked rows are tried again.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "dedupe/cache.h"
#include "delivery/delivery.h"
#include "hookferry/clock.h"
#include "hookferry/telemetry.h"
#include "spool/sqlite_spool.h"

namespace hookferry::app {

/// open → restore → begin → stop. Thread-safe from `begin` on, but for `stop` and the destructor.
class Spooling {
 public:
  /// Fails where the folder cannot be used, or another process has it. All that is taken by reference must outlive it.
  static Result<std::unique_ptr<Spooling>> open(const config::Spool& options, Log& log, Telemetry& telemetry,
                                                const Clock& clock);
  ~Spooling();

  [[nodiscard]] Spool& port() noexcept { return *spool_; }
  /// The topics that it held rows of when it was opened: they have to be published to, whatever the configuration says.
  [[nodiscard]] std::vector<std::string> topics() const;
  /// By TopicId: before the first event, and again when there are more.
  void set_topics(const std::vector<std::string>& names);

  /// After `set_topics`: its rows are claims, and wait for Kafka. `delivery` is told of inserts from now on.
  [[nodiscard]] Result<void> restore(delivery::Delivery& delivery, dedupe::Cache& cache);
  /// Rows go to Kafka from now on, whenever `may_drain` says so.
  void begin(std::function<bool()> may_drain);
  /// Parked rows are tried again: those of the topic, or with an empty name all. Only asks for it.
  void retry_parked(std::string_view topic);
  /// The same for all, without anybody who sends them now; whether it was done within `limit`.
  [[nodiscard]] bool unpark(Duration limit);
  /// Ends the drain, and waits until all that was asked for is on the disk, for at most `limit`; whether it is.
  [[nodiscard]] bool stop(Duration limit);

  [[nodiscard]] spool::Health health() const { return spool_->health(); }
  [[nodiscard]] spool::Stats stats() const { return spool_->stats(); }

 private:
  Spooling(std::unique_ptr<spool::SqliteSpool> spool, Log& log, const Clock& clock);
  [[nodiscard]] std::vector<TopicId> ids_of(const std::vector<spool::RestoredTopic>& topics) const;
  void returned(const std::string& topic, std::uint64_t rows, RowId newest);
  void run();
  void stop_draining();

  Log& log_;
  const Clock& clock_;
  delivery::Delivery* delivery_ = nullptr;
  std::function<bool()> may_drain_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> names_;  // by TopicId
  bool stopping_ = false;

  std::unique_ptr<spool::SqliteSpool> spool_;  // its thread calls what is above
  std::thread drainer_;
};

}  // namespace hookferry::app
