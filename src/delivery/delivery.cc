#include "delivery/delivery.h"

#include <algorithm>

#include "base/check.h"

namespace hookferry::delivery {
namespace {

constexpr Duration first_retry = std::chrono::milliseconds(50);
constexpr Duration last_retry = std::chrono::seconds(1);
constexpr std::string_view late = "not acknowledged within http.ack_deadline";

TopicId topic_of(FlightId id) noexcept {
  return static_cast<TopicId>(id >> 48);
}

Outcome unavailable(std::string_view detail) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::unavailable;
  outcome.detail = detail;
  return outcome;
}

Submitted answered(Outcome outcome) {
  return {Submitted::Kind::answered, outcome};
}

Outcome duplicate(const Id128& id, Duration first_seen) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::duplicate;
  outcome.id = id;
  outcome.first_seen = first_seen;
  return outcome;
}

Outcome durable(const Flight& flight, const Place& place) {
  Outcome outcome;
  outcome.kind = flight.kind == Kind::event ? Outcome::Kind::accepted : Outcome::Kind::quarantined;
  outcome.quarantine = flight.reason;
  outcome.id = flight.key.id;
  outcome.place = place;
  return outcome;
}

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
    default:
      return PublishFailure::other;
  }
}

}  // namespace

struct Delivery::Effects {
  struct Reply {
    Waiter waiter;
    Outcome outcome;
  };
  std::optional<Reply> first;  // the usual one: no memory for it
  std::vector<Reply> others;
  std::vector<std::unique_ptr<Submission>> deferred;

  void reply(const Waiter& waiter, const Outcome& outcome) {
    if (!first) {
      first = Reply{waiter, outcome};
    } else {
      others.push_back({waiter, outcome});
    }
  }
};

Delivery::Delivery(const Options& options, std::size_t topics, Claims& claims, Replies& replies, Telemetry& telemetry,
                   const Clock& clock)
    : options_(options),
      claims_(claims),
      replies_(replies),
      telemetry_(telemetry),
      clock_(clock),
      caps_(options.max_inflight_events, options.max_inflight_bytes, options.max_waiters) {
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

void Delivery::attach(Publisher& publisher) noexcept {
  publisher_.store(&publisher);
  // A publisher is called with a lane's lock held: whoever still has the one before is waited for here.
  for (const auto& lane : lanes_) const std::lock_guard lock(lane->mutex);
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
  const bool refused = lane.refusal.fresh(now);
  if (refused || !caps_.take(lane.usage, submission.record.size())) {
    claims_.release(submission.key, flight.id);
    lane.free(flight);
    return answered(unavailable(refused ? "Kafka refuses the topic" : "delivery.max_inflight_* is reached"));
  }
  flight.kind = submission.kind;
  flight.reason = submission.reason;
  flight.record = std::move(submission.record);
  flight.key = submission.key;
  flight.first = submission.waiter;
  flight.first_waits = true;
  flight.accepted = now;
  lane.start(flight);
  publish(lane, flight, effects);
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

void Delivery::publish(Lane& lane, Flight& flight, Effects& effects) {
  const auto batching = flight.alone ? Publisher::Batching::alone : Publisher::Batching::together;
  flight.state.kafka = KafkaState::owned;
  const Refusal refusal = publisher_.load()->publish(flight.record, flight.id, batching);
  if (refusal != Refusal::none) refused(lane, flight, refusal, true, effects);
}

void Delivery::reported(std::uint64_t cookie, const DeliveryReport& report) noexcept {
  Effects effects;
  {
    Lane& lane = this->lane(topic_of(cookie));
    const std::lock_guard lock(lane.mutex);
    Flight* const flight = lane.find(cookie);
    HOOKFERRY_CHECK(flight != nullptr);  // a flight ends only by its report
    if (report.refusal == Refusal::none) {
      acknowledged(lane, *flight, report, effects);
    } else {
      refused(lane, *flight, report.refusal, flight->alone, effects);
    }
  }
  run(effects);
}

void Delivery::acknowledged(Lane& lane, Flight& flight, const DeliveryReport& report, Effects& effects) {
  const MonotonicTime now = clock_.monotonic();
  flight.state.kafka = KafkaState::acked;
  lane.refusal.taken();
  claims_.commit(flight.key, flight.id);
  telemetry_.delivered(flight.record.topic(), now - flight.accepted);
  telemetry_.event(flight.first.source, flight.first.event, counted_as(flight.kind));
  if (flight.first_waits) {
    effects.reply(flight.first, durable(flight, {flight.record.topic(), report.partition, report.offset}));
  }
  for (const Joined& joined : flight.joined) {
    effects.reply(joined.waiter, duplicate(flight.key.id, now - flight.accepted));
  }
  end(lane, flight, effects);
}

void Delivery::refused(Lane& lane, Flight& flight, Refusal refusal, bool by_itself, Effects& effects) {
  if (refusal == Refusal::queue_full) {  // back-pressure, not an error
    retry_or_lose(lane, flight, effects);
    return;
  }
  telemetry_.publish_failed(flight.record.topic(), reason_of(refusal));
  if (of_topic(refusal)) {
    lane.refusal.refused(refusal, clock_.monotonic());
    lose(lane, flight, "Kafka refuses the topic", effects);
  } else if (of_record(refusal)) {
    if (by_itself) {
      lose(lane, flight, "Kafka refuses the record", effects);
    } else {
      flight.alone = true;  // its batch may have been to blame
      publish(lane, flight, effects);
    }
  } else if (refusal == Refusal::fatal) {
    lose(lane, flight, "the Kafka producer failed", effects);
  } else {
    retry_or_lose(lane, flight, effects);
  }
}

void Delivery::retry_or_lose(Lane& lane, Flight& flight, Effects& effects) {
  const bool somebody_waits = flight.first_waits || !flight.joined.empty() || !flight.deferred.empty();
  if (!somebody_waits) {
    lose(lane, flight, {}, effects);
    return;
  }
  const Duration back_off = std::min(first_retry * (1 << std::min<int>(flight.attempts, 5)), last_retry);
  ++flight.attempts;
  lane.retry_later(flight, clock_.monotonic() + back_off);
}

void Delivery::lose(Lane& lane, Flight& flight, std::string_view detail, Effects& effects) {
  flight.state.kafka = KafkaState::refused;
  HOOKFERRY_CHECK(flight.state.lost());
  claims_.release(flight.key, flight.id);
  if (flight.first_waits) effects.reply(flight.first, unavailable(detail));
  for (const Joined& joined : flight.joined) effects.reply(joined.waiter, unavailable(detail));
  end(lane, flight, effects);
}

void Delivery::end(Lane& lane, Flight& flight, Effects& effects) {
  caps_.give_back(flight.record.size());
  caps_.give_back_waiters(flight.joined.size());
  for (auto& submission : flight.deferred) {
    caps_.give_back_waiters(1, submission->bytes());
    effects.deferred.push_back(std::move(submission));
  }
  lane.end(flight);
}

void Delivery::tick() {
  const MonotonicTime now = clock_.monotonic();
  for (const auto& lane : lanes_) {
    Effects effects;
    {
      const std::lock_guard lock(lane->mutex);
      expire(*lane, now, effects);
      for (const FlightId id : lane->take_due_retries(now)) {
        Flight* const flight = lane->find(id);
        HOOKFERRY_CHECK(flight != nullptr);  // while it waits for its retry nothing else can end it
        publish(*lane, *flight, effects);
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
  if (effects.first) replies_.reply(effects.first->waiter, effects.first->outcome);
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
}

Refusal Delivery::topic_refusal(TopicId topic) const {
  Lane& lane = this->lane(topic);
  const std::lock_guard lock(lane.mutex);
  return lane.refusal.why();
}

}  // namespace hookferry::delivery
