// Turns outcomes into what is told: the answer, the metrics, the log line.
#pragma once

#include <atomic>
#include <string_view>

#include "base/log.h"
#include "base/network.h"
#include "hookferry/answer.h"
#include "hookferry/clock.h"
#include "hookferry/outcome.h"
#include "hookferry/telemetry.h"
#include "pipeline/catalog.h"

namespace hookferry::pipeline {

/// What only the request itself knows: for the log line of one that is answered at once.
struct Circumstances {
  std::size_t body_size = 0;
  IpAddress address;
};

/// Thread-safe. Everything taken by reference must outlive it.
class Responder final : public Replies {
 public:
  Responder(const Catalog& catalog, bool full_addresses, Telemetry& telemetry, Log& log, const Clock& clock);

  /// Where answers to held requests go. Before the first request.
  void attach(AnswerPort& answers) noexcept { answers_.store(&answers); }

  /// log.addresses
  void show_full_addresses(bool full) noexcept { full_addresses_ = full; }

  /// Counts and logs the outcome; the answer is the caller's to send.
  [[nodiscard]] Answer finish(const Waiter& waiter, const Outcome& outcome,
                              const Circumstances& circumstances) noexcept;

  void reply(const Waiter& waiter, const Outcome& outcome) noexcept override;

 private:
  void count(const Waiter& waiter, const Outcome& outcome) noexcept;
  void log(const Waiter& waiter, const Outcome& outcome, const Circumstances& circumstances) noexcept;

  const Catalog& catalog_;
  std::atomic<bool> full_addresses_;
  Telemetry& telemetry_;
  Log& log_;
  const Clock& clock_;
  std::atomic<AnswerPort*> answers_{nullptr};
};

}  // namespace hookferry::pipeline
