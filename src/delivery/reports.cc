// Kafka's word on flights.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "delivery/delivery.h"

namespace hookferry::delivery {
namespace {

constexpr Duration first_retry = std::chrono::milliseconds(50);
constexpr Duration last_retry = std::chrono::seconds(1);
/// After which the tail, where it is up, has shown what is in Kafka.
constexpr Duration proof_time = std::chrono::milliseconds(300);

EventOutcome counted_as(Kind kind) noexcept {
  switch (kind) {
    case Kind::conflict:
      return EventOutcome::conflict;
    case Kind::quarantine:
      return EventOutcome::quarantined;
    case Kind::event:
      break;
  }
  return EventOutcome::published;
}

PublishFailure reason_of(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::topic_unknown:
      return PublishFailure::unknown_topic;
    case Refusal::topic_not_authorized:
      return PublishFailure::not_authorized;
    case Refusal::record_too_large:
      return PublishFailure::too_large;
    case Refusal::timed_out:
      return PublishFailure::timeout;
    case Refusal::fatal:
      return PublishFailure::fatal;
    case Refusal::unproven:
      return PublishFailure::unproven;
    default:
      return PublishFailure::other;
  }
}

}  // namespace

void Delivery::attach(Publisher& publisher) {
  publisher_.store(&publisher);
  for (const auto& lane : lanes_) {
    Effects effects;
    {
      // A publisher is called with a lane's lock held: whoever still has the one before is waited for here.
      const std::lock_guard lock(lane->mutex);
      lane->rows.try_at = {};
      hand_stranded(*lane, effects);
    }
    run(effects);
  }
}

Refusal Delivery::hand_over(Flight& flight) {
  const auto batching = flight.alone ? Publisher::Batching::alone : Publisher::Batching::together;
  flight.state.kafka = KafkaState::owned;
  failpoint("handing-over");
  const Refusal refusal = publisher_.load()->publish(flight.record, flight.id, batching);
  failpoint("handed-over");
  return refusal;
}

void Delivery::publish(Lane& lane, Flight& flight, Effects& effects) {
  if (lane.stranded > 0) {  // it has to wait behind them
    flight.state.kafka = KafkaState::owned;
    strand(lane, flight);
    return;
  }
  const Refusal refusal = hand_over(flight);
  if (refusal != Refusal::none) refused(lane, flight, refusal, true, effects);
}

/// Unless a try before was not in vain, as the tail may have shown since.
void Delivery::publish_again(Lane& lane, Flight& flight, Effects& effects) {
  if (claims_.published(flight.key)) return acknowledged(lane, flight, {}, effects);
  publish(lane, flight, effects);
}

/// The client does not take it now: it waits here, and so does what follows it.
void Delivery::strand(Lane& lane, Flight& flight) {
  if (!std::exchange(flight.stranded, true)) ++lane.stranded;
}

void Delivery::hand_stranded(Lane& lane, Effects& effects) {
  Flight* next = lane.stranded == 0 ? nullptr : lane.first();
  while (next != nullptr) {
    Flight& flight = *next;
    next = lane.after(flight);
    if (!flight.stranded) continue;
    const Refusal refusal = hand_over(flight);
    if (refusal == Refusal::queue_full || refusal == Refusal::fatal) return;
    flight.stranded = false;
    --lane.stranded;
    if (refusal != Refusal::none) refused(lane, flight, refusal, true, effects);
  }
}

void Delivery::reported(std::uint64_t cookie, const DeliveryReport& report) noexcept {
  Effects effects;
  {
    Lane& lane = this->lane(topic_of(cookie));
    const std::lock_guard lock(lane.mutex);
    Flight* const flight = lane.find(cookie);
    HOOKFERRY_CHECK(flight != nullptr);  // what the client has ends only by its report
    if (report.refusal == Refusal::none) {
      acknowledged(lane, *flight, report, effects);
    } else {
      refused(lane, *flight, report.refusal, flight->alone, effects);
    }
  }
  run(effects);
}

void Delivery::acknowledged(Lane& lane, Flight& flight, const DeliveryReport& report, Effects& effects) {
  failpoint("acknowledged");
  flight.state.kafka = KafkaState::acked;
  lane.refusal.taken();
  telemetry_.delivered(flight.record.topic(), clock_.monotonic() - flight.accepted);
  if (!flight.settled) {
    const Place place{flight.record.topic(), report.partition, report.offset};
    settle(flight, counted_as(flight.kind), place.offset < 0 ? std::nullopt : std::optional(place), effects);
  }
  if (flight.state.row == RowState::committed) {
    lane.rows.end(flight.row);
    spool_->erase(flight.row);
    failpoint("erase-queued");
  }
  if (flight.state.row != RowState::committing) end(lane, flight, effects);  // else its row is erased once it is there
  if (lane.rows.mode == Mode::direct) return;
  lane.rows.draining = true;
  lane.rows.back_off = {};
  if (lane.rows.unsent == 0) resume_direct(lane, effects);
}

void Delivery::refused(Lane& lane, Flight& flight, Refusal refusal, bool by_itself, Effects& effects) {
  if (refusal == Refusal::queue_full) return strand(lane, flight);  // back-pressure, not an error
  telemetry_.publish_failed(flight.record.topic(), reason_of(refusal));
  if (of_topic(refusal)) {
    refused_topic(lane, flight, refusal, effects);
  } else if (of_record(refusal)) {
    if (by_itself) {
      flight.poison = true;
      rely_on_row(lane, flight, "Kafka refuses the record", effects);
    } else {
      flight.alone = true;  // its batch may have been to blame
      publish(lane, flight, effects);
    }
  } else if (refusal == Refusal::fatal) {
    failed_producer(lane, flight, effects);
  } else if (refusal == Refusal::unproven) {
    lane.retry_later(flight, clock_.monotonic() + proof_time);
  } else {
    retry_or_lose(lane, flight, effects);
  }
}

void Delivery::refused_topic(Lane& lane, Flight& flight, Refusal refusal, Effects& effects) {
  lane.refusal.refused(refusal, clock_.monotonic());
  if (spool_ != nullptr) {
    begin_spooling(lane, effects);
    lane.rows.draining = false;
    lane.rows.try_at = lane.refusal.until();
  }
  rely_on_row(lane, flight, "Kafka refuses the topic", effects);
}

/// With a spool it is sent from its row, on the producer that comes; without, it waits for that producer here.
void Delivery::failed_producer(Lane& lane, Flight& flight, Effects& effects) {
  if (spool_ == nullptr) return strand(lane, flight);
  begin_spooling(lane, effects);
  pause_drain(lane);
  rely_on_row(lane, flight, "the Kafka producer failed, and the spool is full or failed", effects);
}

/// Produced again with back-off while somebody waits, or from its row.
void Delivery::retry_or_lose(Lane& lane, Flight& flight, Effects& effects) {
  if (flight.state.row == RowState::committed) {
    begin_spooling(lane, effects);
    pause_drain(lane);
    rely_on_row(lane, flight, {}, effects);
    return;
  }
  const bool somebody_waits = flight.first_waits || !flight.joined.empty() || !flight.deferred.empty();
  if (!somebody_waits && flight.state.row != RowState::committing) {
    lose(lane, flight, {}, effects);
    return;
  }
  const Duration back_off = std::min(first_retry * (1 << std::min<int>(flight.attempts, 5)), last_retry);
  ++flight.attempts;
  lane.retry_later(flight, clock_.monotonic() + back_off);
}

}  // namespace hookferry::delivery
