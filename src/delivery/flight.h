// The flight of one event, from its claim to the word on it: the state, and the rules that hold in every state.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/outcome.h"
#include "hookferry/record.h"
#include "hookferry/spool.h"

namespace hookferry::delivery {

/// What Kafka has of the record. `owned`: the client has it, or it is waiting to be given to the client again.
enum class KafkaState : std::uint8_t { none, owned, acked, refused };
/// What the spool has of the record.
enum class RowState : std::uint8_t { none, committing, committed, failed };

/// Two actors work on a flight, so its state is a product.
struct FlightState {
  KafkaState kafka = KafkaState::none;
  RowState row = RowState::none;

  /// A 200 may be given, and the claim commits.
  [[nodiscard]] constexpr bool durable() const noexcept {
    return kafka == KafkaState::acked || row == RowState::committed;
  }
  /// Neither actor has it, nor will: the claim is released.
  [[nodiscard]] constexpr bool lost() const noexcept {
    return (kafka == KafkaState::none || kafka == KafkaState::refused) &&
           (row == RowState::none || row == RowState::failed);
  }
};

/// What is in flight: decides the answer and what is counted.
enum class Kind : std::uint8_t { event, conflict, quarantine };

/// A record on its way into a flight.
struct Submission {
  Record record;
  ClaimKey key;
  Waiter waiter;
  Kind kind = Kind::event;
  Quarantine reason{};            // of a quarantine or conflict
  bool despite_conflict = false;  // dedupe.on_conflict: publish
  /// What to publish in its place when its job id turns out to be known with other data; null: not prepared yet.
  std::unique_ptr<Submission> instead;

  /// What it keeps while it waits for another's flight.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return record.size() + (instead ? instead->record.size() : 0); }
};

/// One who waits besides the first.
struct Joined {
  Waiter waiter;
  MonotonicTime deadline;
};

/// Lives in a lane's slab; `next` and `previous` make the list of those under way, in order of acceptance.
struct Flight {
  static constexpr std::uint32_t nobody = UINT32_MAX;

  FlightId id = 0;
  std::uint32_t generation = 0;
  std::uint32_t next = nobody;
  std::uint32_t previous = nobody;
  bool under_way = false;
  FlightState state;
  Kind kind = Kind::event;
  Quarantine reason{};
  bool alone = false;        // refused once: sent in a batch of its own, so that a refusal is its own
  bool settled = false;      // durable: the claim is committed and those who waited were told
  bool stranded = false;     // owned, but the client did not take it: it is full, or finished
  bool queued_only = false;  // began as a row without Kafka: takes of the spool's room, not of the client's
  bool poison = false;       // Kafka will not take this record: its row is parked
  bool first_waits = false;
  std::uint8_t attempts = 0;
  RowId row = 0;  // when committed
  Record record;
  ClaimKey key;
  Waiter first;
  MonotonicTime accepted;
  std::vector<Joined> joined;
  std::vector<std::unique_ptr<Submission>> deferred;  // conflicts that wait for this one's end
};

}  // namespace hookferry::delivery
