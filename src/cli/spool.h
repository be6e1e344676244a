// hookferry spool: looks into a spool, also of a running instance, and brings what it holds to Kafka.
#pragma once

#include <string>

#include "cli/command.h"

namespace hookferry::cli {

struct SpoolOptions {
  std::string action;  // list, export, verify, retry or drain
  std::string path;    // a folder, or a file that was set aside; empty: the configuration's spool.path
  bool json = false;
  std::string topic{};          // of retry; empty: all
  bool parked = false;          // of drain: these too
  std::string patience = "1m";  // of drain: without any progress
};

[[nodiscard]] int spool(const CommonOptions& common, const SpoolOptions& options);

/// Asks the running instance to try its parked events again.
[[nodiscard]] int spool_retry(const CommonOptions& common, const SpoolOptions& options);
/// Brings the spool of an instance that is gone to Kafka. 0: it is empty but for what is parked; 3: something is left.
[[nodiscard]] int spool_drain(const CommonOptions& common, const SpoolOptions& options);

}  // namespace hookferry::cli
