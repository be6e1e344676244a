// The port through which the logic learns of events that are in Kafka already: those published before a restart, and
// by other instances.
#pragma once

#include "hookferry/claims.h"
#include "hookferry/clock.h"

namespace hookferry {

/// What a record in Kafka tells.
struct SeenRecord {
  ClaimKey key;
  WallTime time;  // the record's timestamp, to the millisecond
};

/// Called on the tail's thread, for every record that it reads: short, and never blocking.
class Sightings {
 public:
  virtual ~Sightings() = default;
  virtual void seen(const SeenRecord& record) noexcept = 0;
  /// The reading back is over: all that was published since `back` ago, and can be read, was seen.
  virtual void read_back(Duration back) noexcept = 0;
  /// Whether nothing older than what is known fits in any more: then reading further back is in vain.
  [[nodiscard]] virtual bool full() const noexcept = 0;
};

}  // namespace hookferry
