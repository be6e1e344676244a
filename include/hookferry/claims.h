// The port through which a flight claims its event, so that it is published once.
#pragma once

#include <cstdint>
#include <optional>

#include "hookferry/bytes.h"
#include "hookferry/clock.h"

namespace hookferry {

/// Names a flight for as long as it is under way: topic, slot and generation, made by the delivery room.
using FlightId = std::uint64_t;

/// What tells events apart. `id` is the CloudEvents id (source, event, dedupe id, data); `conflict` is the hash of
/// (source, event, dedupe id): equal `conflict` with another `id` is the same job id with other data.
struct ClaimKey {
  Id128 id{};
  Id128 conflict{};
  friend bool operator==(const ClaimKey&, const ClaimKey&) = default;
};

/// What is known of a key.
struct Sighting {
  enum class Kind : std::uint8_t {
    none,              // new: a claim succeeds
    pending,           // claimed by `flight`, which is under way
    durable,           // committed `age` ago
    conflict_pending,  // other data under the same conflict key is claimed by `flight`
    conflict_durable,  // other data under the same conflict key is committed
    full,              // every entry is pending: nothing can be claimed now
  };
  Kind kind = Kind::none;
  FlightId flight = 0;
  Duration age{};
};

/// Thread-safe; each call is short and takes one lock.
class Claims {
 public:
  virtual ~Claims() = default;
  /// Looks, changes nothing.
  [[nodiscard]] virtual Sighting look(const ClaimKey& key) const noexcept = 0;
  /// Claims `key` for `flight` if nothing is known of it (answer `none`), else says what is. With `despite_conflict` a
  /// durable conflict does not stand in the way.
  [[nodiscard]] virtual Sighting claim(const ClaimKey& key, FlightId flight, bool despite_conflict) noexcept = 0;
  /// The claimed event is durable: remembered for the TTL from now on.
  virtual void commit(const ClaimKey& key, FlightId flight) noexcept = 0;
  /// The claimed event is not, and will not become, durable: the next one may claim it.
  /// Unless a record of it was seen in Kafka meanwhile: then this is a commit.
  virtual void release(const ClaimKey& key, FlightId flight) noexcept = 0;
  /// Whether a record of the event was read back from Kafka: it need not be published again. That an event is durable
  /// says less, since it may be so in the spool alone.
  [[nodiscard]] virtual bool published(const ClaimKey& key) const noexcept = 0;
};

}  // namespace hookferry
