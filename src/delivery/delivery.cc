#include "delivery/delivery.h"

#include <algorithm>

#include "base/check.h"
#include "base/failpoint.h"

namespace hookferry::delivery {
namespace {

constexpr std::string_view late = "not acknowledged within http.ack_deadline";

Submitted answered(Outcome outcome) {
  return {Submitted::Kind::answered, outcome};
}

/// What the first who waited is told; the others are told `duplicate`.
Outcome durable(const Flight& flight, const std::optional<Place>& place) {
  Outcome outcome;
  outcome.kind = flight.kind == Kind::event ? Outcome::Kind::accepted : Outcome::Kind::quarantined;
  outcome.quarantine = flight.reason;
  outcome.id = flight.key.id;
  outcome.place = place;
  return outcome;
}

}  // namespace

Delivery::Delivery(const Options& options, std::size_t topics, Claims& claims, Replies& replies, Telemetry& telemetry,
                   const Clock& clock, Spool* spool)
    : options_(options),
      claims_(claims),
      replies_(replies),
      telemetry_(telemetry),
      clock_(clock),
      spool_(spool),
      caps_(options.max_inflight_events, options.max_inflight_bytes, options.max_waiters),
      queue_caps_(options.max_inflight_events, options.max_inflight_bytes, 0) {
  add_topics(topics);
}

Delivery::~Delivery() = default;

void Delivery::add_topics(std::size_t topics) {
  for (std::size_t topic = lanes_.size(); topic < topics; ++topic) {
    lanes_.emplace_back(std::make_unique<Lane>(static_cast<TopicId>(topic), options_.ack_deadline));
  }
}

Lane& Delivery::lane(TopicId topic) const {
  const auto* const found = lanes_.find(topic);
  HOOKFERRY_CHECK(found != nullptr);
  return **found;
}

Submitted Delivery::submit(Submission& submission) {
  Effects effects;
  const Submitted submitted = claim(submission, effects);
  run(effects);
  if (submitted.kind != Submitted::Kind::conflict || !submission.instead) return submitted;
  submission.instead->waiter = submission.waiter;
  return submit(*submission.instead);
}

Submitted Delivery::claim(Submission& submission, Effects& effects) {
  Lane& lane = this->lane(submission.record.topic());
  const std::lock_guard lock(lane.mutex);
  Flight& flight = lane.allocate();
  const Sighting seen = claims_.claim(submission.key, flight.id, submission.despite_conflict);
  if (seen.kind == Sighting::Kind::none) return board(lane, flight, submission, effects);
  lane.free(flight);
  switch (seen.kind) {
    case Sighting::Kind::durable:
      return answered(duplicate(submission.key.id, seen.age));
    case Sighting::Kind::conflict_durable:
      return {Submitted::Kind::conflict, {}};
    case Sighting::Kind::full:
      return answered(unavailable("dedupe.max_entries: all of them are under way"));
    default:
      break;
  }
  // A key belongs to one topic, and this lane's lock is held: what is pending is under way here.
  Flight* const other = lane.find(seen.flight);
  HOOKFERRY_CHECK(other != nullptr);
  return seen.kind == Sighting::Kind::pending ? join_locked(lane, *other, submission.waiter)
                                              : defer_locked(lane, *other, submission);
}

Submitted Delivery::board(Lane& lane, Flight& flight, Submission& submission, Effects& effects) {
  const MonotonicTime now = clock_.monotonic();
  const std::uint64_t size = submission.record.size();
  std::string_view refusal;
  if (spool_ == nullptr) {
    if (lane.refusal.fresh(now)) refusal = "Kafka refuses the topic";
  } else if (lane.rows.mode == Mode::spooling) {
    flight.queued_only = true;
  }
  if (refusal.empty() && !flight.queued_only && !caps_.take(lane.usage, size)) {
    // What does not fit becomes a row; and what follows it too, for the sake of order.
    if (spool_ == nullptr) refusal = "delivery.max_inflight_* is reached";
    flight.queued_only = spool_ != nullptr;
  }
  if (flight.queued_only && !queue_caps_.take({}, size)) refusal = "delivery.max_inflight_* of the spool is reached";
  if (!refusal.empty()) {
    claims_.release(submission.key, flight.id);
    lane.free(flight);
    return answered(unavailable(refusal));
  }
  flight.kind = submission.kind;
  flight.reason = submission.reason;
  flight.record = std::move(submission.record);
  flight.key = submission.key;
  flight.first = submission.waiter;
  flight.first_waits = true;
  flight.accepted = now;
  ++undecided_;
  failpoint("claimed");
  if (flight.queued_only) begin_spooling(lane, effects);
  if (flight.queued_only) insert(flight);
  lane.start(flight);
  if (!flight.queued_only) {
    publish(lane, flight, effects);
    return {};
  }
  if (flight.state.row == RowState::failed) lose(lane, flight, no_room, effects);
  return {};
}

std::optional<Submitted> Delivery::join(TopicId topic, FlightId flight, const Waiter& waiter) {
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  Flight* const found = lane.find(flight);
  if (found == nullptr) return std::nullopt;
  return join_locked(lane, *found, waiter);
}

Submitted Delivery::join_locked(Lane& lane, Flight& flight, const Waiter& waiter) {
  if (!caps_.take_waiter()) return answered(unavailable("delivery.max_waiters is reached"));
  lane.join(flight, waiter);
  return {};
}

Submitted Delivery::defer_locked(Lane& lane, Flight& flight, Submission& submission) {
  if (!submission.instead && !submission.despite_conflict) return {Submitted::Kind::conflict, {}};
  if (!caps_.take_waiter(submission.bytes())) return answered(unavailable("delivery.max_* is reached"));
  lane.defer(flight, std::make_unique<Submission>(std::move(submission)));
  return {};
}

/// The first durability: the claim commits, and everyone who waits is told.
void Delivery::settle(Flight& flight, EventOutcome counted, const std::optional<Place>& place, Effects& effects) {
  const MonotonicTime now = clock_.monotonic();
  flight.settled = true;
  --undecided_;
  claims_.commit(flight.key, flight.id);
  telemetry_.event(flight.first.source, flight.first.event, counted);
  if (flight.first_waits) effects.reply(flight.first, durable(flight, place));
  for (const Joined& joined : flight.joined) {
    effects.reply(joined.waiter, duplicate(flight.key.id, now - flight.accepted));
  }
  dismiss(flight, effects);
}

/// Neither Kafka nor the spool has it, nor will: the next one may claim it.
void Delivery::lose(Lane& lane, Flight& flight, std::string_view detail, Effects& effects) {
  if (flight.state.kafka == KafkaState::owned) flight.state.kafka = KafkaState::refused;
  HOOKFERRY_CHECK(flight.state.lost() && !flight.settled);
  --undecided_;
  claims_.release(flight.key, flight.id);
  if (flight.first_waits) effects.reply(flight.first, unavailable(detail));
  for (const Joined& joined : flight.joined) effects.reply(joined.waiter, unavailable(detail));
  dismiss(flight, effects);
  end(lane, flight, effects);
}

/// Nobody waits for it any more.
void Delivery::dismiss(Flight& flight, Effects& effects) {
  flight.first_waits = false;
  caps_.give_back_waiters(flight.joined.size());
  flight.joined.clear();
  for (auto& submission : flight.deferred) {
    caps_.give_back_waiters(1, submission->bytes());
    effects.deferred.push_back(std::move(submission));
  }
  flight.deferred.clear();
}

void Delivery::end(Lane& lane, Flight& flight, Effects& effects) {
  dismiss(flight, effects);
  room_of(flight).give_back(flight.record.size());
  lane.end(flight);
}

void Delivery::tick() {
  const MonotonicTime now = clock_.monotonic();
  for (const auto& lane : lanes_) {
    Effects effects;
    {
      const std::lock_guard lock(lane->mutex);
      const Flight* const oldest = spool_ == nullptr ? nullptr : lane->first_without_row();
      if (oldest != nullptr && oldest->accepted + options_.spool_after <= now) begin_spooling(*lane, effects);
      expire(*lane, now, effects);
      hand_stranded(*lane, effects);
      for (const FlightId id : lane->take_due_retries(now)) {
        Flight* const flight = lane->find(id);
        HOOKFERRY_CHECK(flight != nullptr);  // while it waits for its retry nothing else can end it
        publish_again(*lane, *flight, effects);
      }
    }
    run(effects);
  }
}

void Delivery::expire(Lane& lane, MonotonicTime now, Effects& effects) {
  const auto reason = publisher_.load()->connected() ? PublishFailure::timeout : PublishFailure::broker_down;
  const auto expire_first = [&](Flight& flight) {
    if (!flight.first_waits) return;
    flight.first_waits = false;
    telemetry_.publish_failed(flight.record.topic(), reason);
    effects.reply(flight.first, unavailable(late));
  };
  while (Flight* const flight = lane.next_expired(now)) expire_first(*flight);
  while (Flight* const flight = lane.next_joined_expired(now)) {
    if (lane.deadline(flight->first) <= now) expire_first(*flight);
    expire_joined(lane, *flight, now, effects);
  }
}

void Delivery::expire_joined(Lane& lane, Flight& flight, MonotonicTime now, Effects& effects) {
  std::erase_if(flight.joined, [&](const Joined& joined) {
    if (joined.deadline > now) return false;
    caps_.give_back_waiters(1);
    effects.reply(joined.waiter, unavailable(late));
    return true;
  });
  std::erase_if(flight.deferred, [&](const std::unique_ptr<Submission>& submission) {
    if (lane.deadline(submission->waiter) > now) return false;
    caps_.give_back_waiters(1, submission->bytes());
    effects.reply(submission->waiter, unavailable(late));
    return true;
  });
}

void Delivery::run(Effects& effects) {
  if (effects.first) {
    failpoint("decided");
    replies_.reply(effects.first->waiter, effects.first->outcome);
    failpoint("replied");
  }
  for (const auto& reply : effects.others) replies_.reply(reply.waiter, reply.outcome);
  for (const auto& submission : effects.deferred) {
    const Submitted submitted = submit(*submission);
    if (submitted.kind == Submitted::Kind::answered) replies_.reply(submission->waiter, submitted.outcome);
  }
}

void Delivery::topic_is_back(TopicId topic) {
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  lane.refusal.taken();
  lane.rows.try_at = {};
}

Refusal Delivery::topic_refusal(TopicId topic) const {
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  return lane.refusal.why();
}

Mode Delivery::mode(TopicId topic) const {
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  return lane.rows.mode;
}

Delivery::Stats Delivery::stats() const noexcept {
  Stats out{caps_.usage(), caps_.max(), undecided_.load()};
  out.usage.events += queue_caps_.usage().events;
  out.usage.bytes += queue_caps_.usage().bytes;
  return out;
}

}  // namespace hookferry::delivery
