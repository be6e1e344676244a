// The producer in use, and the one that takes its place. Private to this room.
#pragma once

#include <memory>
#include <optional>

#include "app/ended_clients.h"
#include "app/plan.h"
#include "base/log.h"
#include "base/result.h"
#include "delivery/delivery.h"
#include "hookferry/clock.h"
#include "kafka/producer.h"

namespace hookferry::app {

/// For the topics that the plan uses, of all those that it has.
[[nodiscard]] Result<std::unique_ptr<kafka::Producer>> make_producer(kafka::ProducerOptions options, const Plan& plan,
                                                                     DeliveryReports& reports, Log& log);

/// A producer is replaced after a fatal error, and for new certificates: only once it has reported all that it had, so
/// that nothing is published twice, or out of order. Not thread-safe; what it is given must outlive it.
class Producing {
 public:
  /// `patience`: what a producer to be replaced does not report in so long is given up.
  Producing(std::unique_ptr<kafka::Producer> producer, Duration patience, delivery::Delivery& delivery,
            EndedClients& ended, Log& log, const Clock& clock);

  [[nodiscard]] kafka::Producer& now() const noexcept { return *producer_; }
  /// Of the one that waits, too.
  [[nodiscard]] Result<void> set_topics(const kafka::TopicSet& topics);
  void set_credentials(const kafka::Credentials& credentials);
  /// It takes the producer's place once it is connected; it, and not one that was to before.
  void succeed(std::unique_ptr<kafka::Producer> successor);

  /// Looks whether a replacement is due, and does what can be done of it now.
  void tick(const kafka::ProducerOptions& options, const Plan& plan);

 private:
  void replace_failed(const kafka::ProducerOptions& options, const Plan& plan);
  void replace_retired();
  [[nodiscard]] bool emptied(MonotonicTime since);
  void put_in_place(std::unique_ptr<kafka::Producer> successor);

  const Duration patience_;
  delivery::Delivery& delivery_;
  EndedClients& ended_;
  Log& log_;
  const Clock& clock_;
  std::unique_ptr<kafka::Producer> producer_;
  std::unique_ptr<kafka::Producer> successor_;  // with new certificates; null: none
  std::optional<MonotonicTime> retired_since_;  // the producer, for the successor
  std::optional<MonotonicTime> failed_since_;   // the producer, for good
  MonotonicTime replace_at_;
  Duration back_off_{};
};

}  // namespace hookferry::app
