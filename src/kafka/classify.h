// What a librdkafka error of a record means: what would help next. Private to this room.
#pragma once

#include <librdkafka/rdkafka.h>

#include <span>
#include <string_view>

#include "hookferry/publisher.h"

namespace hookferry::kafka {

struct Classification {
  rd_kafka_resp_err_t error;
  Refusal refusal;
  std::string_view reason;  // for the reader of the table
};

/// Every error with a class of its own; all others are transient.
[[nodiscard]] std::span<const Classification> classifications() noexcept;

/// The class of an error from a delivery report or from produce(). Once the producer is fatal, every error is
/// Refusal::fatal, whatever it says here: the caller asks rd_kafka_fatal_error.
[[nodiscard]] Refusal classify(rd_kafka_resp_err_t error) noexcept;

}  // namespace hookferry::kafka
