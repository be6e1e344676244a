// hookferry spool retry and drain: what changes a spool. Looking into one is in spool.h.
#pragma once

#include <string>

#include "cli/command.h"
#include "hookferry/clock.h"

namespace hookferry::cli {

struct SpoolRetryOptions {
  CommonOptions common;
  std::string topic;  // empty: all
};
/// Asks the running instance to try its parked events again.
[[nodiscard]] int spool_retry(const SpoolRetryOptions& options);

struct SpoolDrainOptions {
  CommonOptions common;
  std::string folder;                           // empty: spool.path
  bool parked = false;                          // these too
  Duration patience = std::chrono::minutes(1);  // without any progress
};
/// Brings the spool of an instance that is gone to Kafka. 0: it is empty but for what is parked; 3: something is left.
[[nodiscard]] int spool_drain(const SpoolDrainOptions& options);

}  // namespace hookferry::cli
