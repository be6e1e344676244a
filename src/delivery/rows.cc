// The spool's word on flights, the modes of a topic, and the way of its rows back to Kafka.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "delivery/delivery.h"

namespace hookferry::delivery {
namespace {

/// Of the records read back at a time, so that a drain does not hold much memory beside the client's.
constexpr std::size_t slice_bytes = 4 << 20;

EventOutcome spooled_as(Kind kind) noexcept {
  if (kind == Kind::conflict) return EventOutcome::conflict;
  return kind == Kind::quarantine ? EventOutcome::quarantined : EventOutcome::spooled;
}

}  // namespace

/// The rows to be read next.
struct Delivery::Slice {
  RowId after = 0;
  RowId until = 0;
  std::size_t rows = 0;
  bool probe = false;
};

void Delivery::restore(TopicId topic, std::uint64_t rows, RowId newest) {
  HOOKFERRY_CHECK(spool_ != nullptr);
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  lane.rows.mode = rows > 0 ? Mode::spooling : Mode::direct;
  lane.rows.unsent = rows;
  lane.rows.committed = newest;
}

void Delivery::returned(TopicId topic, std::uint64_t rows, RowId newest) {
  Effects effects;
  {
    Lane& lane = this->lane(topic);
    const std::lock_guard lock(lane.mutex);
    begin_spooling(lane, effects);
    lane.rows.unsent += rows;
    lane.rows.committed = std::max(lane.rows.committed, newest);
  }
  run(effects);
}

void Delivery::inserted(std::uint64_t cookie, const RowReport& report) noexcept {
  Effects effects;
  {
    Lane& lane = this->lane(topic_of(cookie));
    const std::lock_guard lock(lane.mutex);
    Flight* const flight = lane.find(cookie);
    HOOKFERRY_CHECK(flight != nullptr && flight->state.row == RowState::committing);
    if (report.kind == RowReport::Kind::committed) {
      committed(lane, *flight, report.row, effects);
    } else {
      flight->state.row = RowState::failed;
      if (flight->state.kafka == KafkaState::acked) {
        end(lane, *flight, effects);
      } else if (flight->state.kafka != KafkaState::owned) {
        lose(lane, *flight, no_room, effects);
      }
    }
  }
  run(effects);
}

void Delivery::committed(Lane& lane, Flight& flight, RowId row, Effects& effects) {
  flight.row = row;
  flight.state.row = RowState::committed;
  lane.rows.committed = std::max(lane.rows.committed, row);
  if (flight.state.kafka == KafkaState::acked) {
    spool_->erase(row);
    end(lane, flight, effects);
    return;
  }
  settle(flight, spooled_as(flight.kind), std::nullopt, effects);
  if (flight.state.kafka == KafkaState::owned) {
    lane.rows.held.insert(row);
  } else {
    leave_row(lane, flight, effects);
  }
}

void Delivery::insert(Flight& flight) {
  const RowContext context{flight.key, clock_.wall() - (clock_.monotonic() - flight.accepted),
                           static_cast<std::uint8_t>(flight.kind)};
  const bool taken = spool_->insert(flight.record, context, flight.id);
  failpoint("insert-queued");
  flight.state.row = taken ? RowState::committing : RowState::failed;
}

/// Kafka does not have the record, so its row has to do, if there can be one.
void Delivery::rely_on_row(Lane& lane, Flight& flight, std::string_view detail, Effects& effects) {
  flight.state.kafka = KafkaState::refused;
  if (flight.state.row == RowState::none && spool_ != nullptr) insert(flight);
  if (flight.state.row == RowState::committed) {
    leave_row(lane, flight, effects);
  } else if (flight.state.row != RowState::committing) {
    lose(lane, flight, detail, effects);
  }
}

/// The flight is over, its row stays: to be sent again, or parked.
void Delivery::leave_row(Lane& lane, Flight& flight, Effects& effects) {
  if (flight.poison) {
    lane.rows.end(flight.row);
    spool_->park(flight.row, "Kafka refuses the record, also when it is sent alone");
  } else {
    begin_spooling(lane, effects);
    lane.rows.held.erase(flight.row);
    ++lane.rows.unsent;
    lane.rows.handed = std::min(lane.rows.handed, flight.row - 1);
  }
  end(lane, flight, effects);
}

/// From now on new events are rows. What is under way gets its rows first, for the sake of order.
void Delivery::begin_spooling(Lane& lane, Effects& effects) {
  if (lane.rows.mode == Mode::spooling) return;
  lane.rows.mode = Mode::spooling;
  lane.rows.draining = false;
  Flight* next = lane.first_without_row();
  while (next != nullptr) {
    Flight& flight = *next;
    next = lane.after(flight);
    if (flight.state.row != RowState::none || flight.state.kafka != KafkaState::owned) continue;
    insert(flight);
    if (!std::exchange(flight.stranded, false)) continue;
    --lane.stranded;
    flight.state.kafka = KafkaState::none;
    if (flight.state.row == RowState::failed) lose(lane, flight, no_room, effects);
  }
  lane.all_have_rows();
}

/// Kafka took a row and now does not: one row a time is tried, after a while.
void Delivery::pause_drain(Lane& lane) {
  lane.rows.draining = false;
  lane.rows.try_later(clock_.monotonic());
}

void Delivery::secure() {
  if (spool_ == nullptr) return;
  for (const auto& lane : lanes_) {
    Effects effects;
    {
      const std::lock_guard lock(lane->mutex);
      begin_spooling(*lane, effects);
    }
    run(effects);
  }
}

/// Every row has been handed to Kafka's client; what is still on its way into the spool is newer and follows here. So
/// new events can go to the client again: they queue behind all of these.
void Delivery::resume_direct(Lane& lane, Effects& effects) {
  Flight* next = lane.first();
  while (next != nullptr) {
    Flight& flight = *next;
    next = lane.after(flight);
    const bool with_client = flight.state.kafka == KafkaState::owned || flight.state.kafka == KafkaState::acked;
    if (with_client || flight.poison) continue;
    const Refusal refusal = hand_over(flight);
    if (refusal == Refusal::queue_full) {
      flight.state.kafka = KafkaState::none;
      return;  // drain() comes back to it
    }
    if (refusal != Refusal::none) {
      refused(lane, flight, refusal, true, effects);
      if (!lane.rows.draining) return;
    }
  }
  lane.rows.mode = Mode::direct;
  lane.rows.draining = false;
}

std::uint64_t Delivery::moving() const {
  std::uint64_t out = 0;
  for (const auto& lane : lanes_) {
    const std::lock_guard lock(lane->mutex);
    if (lane->rows.mode == Mode::direct) out += lane->usage.events;
    if (lane->rows.draining) out += lane->usage.events + lane->rows.unsent;
  }
  return out;
}

bool Delivery::drain() {
  if (spool_ == nullptr) return false;
  bool more = false;
  for (const auto& lane : lanes_) more = drain(*lane) || more;
  return more;
}

bool Delivery::drain(Lane& lane) {
  Effects effects;
  std::optional<Slice> slice;
  {
    const std::lock_guard lock(lane.mutex);
    slice = next_slice(lane, effects);
    if (slice) lane.rows.over.emplace();
  }
  bool more = false;
  if (slice) {
    auto rows = spool_->read(lane.topic(), slice->after, slice->rows, slice_bytes);
    failpoint("rows-read");
    const std::lock_guard lock(lane.mutex);
    if (rows) {
      more = hand_rows(lane, *slice, std::move(*rows), effects);
    } else {
      lane.rows.try_later(clock_.monotonic());
    }
    lane.rows.over.reset();
  }
  run(effects);
  return more;
}

/// Called with the lane's lock held, as are those that follow.
std::optional<Delivery::Slice> Delivery::next_slice(Lane& lane, Effects& effects) {
  TopicRows& rows = lane.rows;
  if (rows.mode == Mode::direct) return std::nullopt;
  if (rows.draining && rows.unsent == 0) resume_direct(lane, effects);
  if (clock_.monotonic() < rows.try_at) return std::nullopt;
  if (rows.unsent == 0) {
    if (lane.first() == nullptr) rows.mode = Mode::direct;  // nothing is left: the next event is the probe
    return std::nullopt;
  }
  if (!rows.draining) {
    if (!rows.held.empty()) return std::nullopt;  // they are the probe
    return Slice{rows.handed, rows.committed, 1, true};
  }
  if (rows.held.size() >= options_.drain_window) return std::nullopt;
  return Slice{rows.handed, rows.committed, options_.drain_window - rows.held.size(), false};
}

/// Whether there is more to do at once.
bool Delivery::hand_rows(Lane& lane, const Slice& slice, std::vector<SpooledRow> found, Effects& effects) {
  TopicRows& rows = lane.rows;
  if (rows.mode == Mode::direct || rows.handed != slice.after || rows.draining == slice.probe) return true;
  bool ended = true;
  for (SpooledRow& row : found) {
    if (row.row > slice.until) break;
    ended = false;
    if (rows.held.contains(row.row) || rows.over->contains(row.row)) {
      rows.handed = row.row;
    } else if (!hand_row(lane, row, effects)) {
      return false;
    }
  }
  if (ended) {
    // The spool has set aside what was left, since it is damaged.
    rows.handed = std::max(rows.handed, slice.until);
    if (rows.committed == slice.until) rows.unsent = 0;
  }
  if (rows.unsent == 0 && rows.draining) resume_direct(lane, effects);
  return rows.draining && rows.unsent > 0;
}

/// A row becomes a flight again, HELD. False: Kafka's client does not take it now.
bool Delivery::hand_row(Lane& lane, SpooledRow& row, Effects& effects) {
  if (claims_.published(row.key)) {
    // The process before this one ended between Kafka's word and the row's end.
    spool_->erase(row.row);
    --lane.rows.unsent;
    lane.rows.handed = row.row;
    return true;
  }
  if (!caps_.take(lane.usage, row.record.size())) return false;
  Flight& flight = lane.allocate();
  flight.state.row = RowState::committed;
  flight.row = row.row;
  flight.settled = true;
  flight.record = std::move(row.record);
  flight.key = row.key;
  flight.kind = static_cast<Kind>(row.kind);
  flight.accepted = clock_.monotonic();
  flight.first.received = flight.accepted;
  lane.start(flight);
  const Refusal refusal = hand_over(flight);
  if (refusal == Refusal::queue_full) {
    end(lane, flight, effects);
    return false;
  }
  --lane.rows.unsent;
  lane.rows.handed = row.row;
  lane.rows.held.insert(row.row);
  failpoint("row-held");
  if (refusal != Refusal::none) refused(lane, flight, refusal, true, effects);
  return refusal == Refusal::none;
}

}  // namespace hookferry::delivery
