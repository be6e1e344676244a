// The port through which the logic publishes to Kafka.
#pragma once

#include <cstdint>
#include <string_view>

#include "hookferry/clock.h"
#include "hookferry/record.h"

namespace hookferry {

/// Why Kafka, or its client, did not take a record: what matters is what helps next.
enum class Refusal : std::uint8_t {
  none,
  queue_full,            // the client's queue is full: back-pressure, nothing was taken
  topic_unknown,         // of the topic: it does not exist (any more)
  topic_not_authorized,  // of the topic: no right to write to it
  record_too_large,      // of the record, believed only when it was refused alone
  record_invalid,        // of the record: policy, format; believed only when it was refused alone
  transient,             // anything else that may pass: try again
  timed_out,             // the client gave it up after a time-out
  unproven,              // the client calls it delivered, though only a later record was acknowledged: it may be lost
  fatal,                 // the producer is finished; nothing more can be published with it
};
[[nodiscard]] constexpr bool of_topic(Refusal refusal) noexcept {
  return refusal == Refusal::topic_unknown || refusal == Refusal::topic_not_authorized;
}
[[nodiscard]] constexpr bool of_record(Refusal refusal) noexcept {
  return refusal == Refusal::record_too_large || refusal == Refusal::record_invalid;
}

/// Kafka's word on one record.
struct DeliveryReport {
  Refusal refusal = Refusal::none;  // none: acknowledged by all in-sync replicas
  std::int32_t partition = -1;
  std::int64_t offset = -1;
};

/// Takes delivery reports. Called on a thread of the publisher's, never from within `publish`.
class DeliveryReports {
 public:
  virtual ~DeliveryReports() = default;
  /// `cookie` as given to `publish`; exactly once for each record taken.
  virtual void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept = 0;
};

/// Thread-safe. Never blocks.
class Publisher {
 public:
  enum class Batching : std::uint8_t { together, alone };
  virtual ~Publisher() = default;
  /// Takes the record when it returns `none`: the record must then stay where it is, unchanged, until it was reported.
  /// Otherwise nothing was taken and no report comes. `alone`: in a batch of its own, so that a refusal is its own.
  [[nodiscard]] virtual Refusal publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept = 0;
  /// Whether any broker is connected: an atomic load.
  [[nodiscard]] virtual bool connected() const noexcept = 0;
};

}  // namespace hookferry
