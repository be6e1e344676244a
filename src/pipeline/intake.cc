#include "pipeline/intake.h"

#include <utility>
#include <variant>

#include "base/check.h"
#include "senders/render.h"

namespace hookferry::pipeline {

using delivery::Submission;
using delivery::Submitted;

/// What is known of the request under way.
struct Intake::Request {
  Desk& desk;
  const Incoming& incoming;
  const senders::VerifiedBody& body;
  WallTime received;
  Waiter& waiter;
};

Intake::Intake(std::vector<SourceRoute> sources, bool publish_conflicts, const Ports& ports)
    : publish_conflicts_(publish_conflicts), ports_(ports) {
  for (SourceRoute& route : sources) {
    senders::Verifier verifier(route.source);
    senders::Reader reader(route.source);
    desks_.push_back({std::move(route), std::move(verifier), std::move(reader)});
  }
}

Taken Intake::take(std::size_t route, const Incoming& incoming) {
  HOOKFERRY_CHECK(route < desks_.size());
  Desk& desk = desks_[route];
  const SourceId source = desk.route.id;
  Taken taken;
  taken.waiter.ticket = incoming.ticket;
  taken.waiter.received = incoming.received;
  taken.waiter.source = source;

  const auto verified = desk.verifier.verify(incoming.headers, incoming.body);
  const auto* const rejection = std::get_if<Rejection>(&verified);
  // Whoever may not send is told what a wrong signature is told, and as late.
  const bool denied = !desk.route.allow.empty() && !any_contains(desk.route.allow, incoming.address);
  if (denied || rejection != nullptr) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::rejected;
    outcome.rejection = denied ? Rejection::address_denied : *rejection;
    taken.outcome = outcome;
    return taken;
  }
  const auto& body = std::get<senders::VerifiedBody>(verified);
  taken.waiter.secret = static_cast<std::uint8_t>(body.secret() + 1);
  ports_.telemetry.secret_matched(source, body.secret());

  Request request{desk, incoming, body, ports_.clock.wall(), taken.waiter};
  const auto read = desk.reader.read(body);
  if (const auto* const unroutable = std::get_if<senders::Unroutable>(&read)) {
    if (unroutable->event != no_event) taken.waiter.event = desk.route.events[unroutable->event].id;
    taken.outcome = quarantine(request, unroutable->reason);
  } else {
    taken.outcome = accept(request, std::get<senders::Event>(read));
  }
  return taken;
}

/// Spares those that are known the work of rendering: what is durable is told, what is pending is joined.
std::optional<Outcome> Intake::known(Request& request, const ClaimKey& key, TopicId topic, bool& held) {
  const Sighting seen = ports_.claims.look(key);
  if (seen.kind == Sighting::Kind::durable) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::duplicate;
    outcome.id = key.id;
    outcome.first_seen = seen.age;
    return outcome;
  }
  if (seen.kind != Sighting::Kind::pending) return std::nullopt;
  const auto joined = ports_.delivery.join(topic, seen.flight, request.waiter);
  if (!joined) return std::nullopt;
  if (joined->kind == Submitted::Kind::answered) return joined->outcome;
  held = true;
  return std::nullopt;
}

std::optional<Outcome> Intake::accept(Request& request, const senders::Event& event) {
  const SourceRoute& route = request.desk.route;
  const EventRoute& way = route.events[event.event];
  const TopicId topic = way.topic;
  request.waiter.event = way.id;
  if (!way.open) return quarantine(request, Quarantine::unknown_event);
  request.waiter.id = event.key.id;
  bool held = false;
  if (auto outcome = known(request, event.key, topic, held); outcome || held) return outcome;

  Submission submission;
  submission.record = senders::render_event(*route.source, event, senders::trace_context(request.incoming.headers),
                                            request.received, topic);
  if (senders::batch_size(submission.record) > ports_.limits.max_message_bytes(topic)) {
    return quarantine(request, Quarantine::too_large);
  }
  submission.key = event.key;
  submission.waiter = request.waiter;
  submission.despite_conflict = publish_conflicts_;
  Submitted submitted = ports_.delivery.submit(submission);
  if (submitted.kind == Submitted::Kind::conflict) {
    submission.instead = std::make_unique<Submission>(quarantined(request, Quarantine::conflict));
    submission.instead->kind = delivery::Kind::conflict;
    submitted = ports_.delivery.submit(submission);
  }
  if (submitted.kind == Submitted::Kind::held) return std::nullopt;
  return submitted.outcome;
}

Submission Intake::quarantined(const Request& request, Quarantine reason) const {
  const SourceRoute& route = request.desk.route;
  Submission submission;
  submission.record = senders::render_quarantine(*route.source, reason, request.body, request.incoming.headers,
                                                 request.received, route.quarantine);
  submission.key = senders::quarantine_key(*route.source, request.body);
  submission.waiter = request.waiter;
  submission.kind = delivery::Kind::quarantine;
  submission.reason = reason;
  return submission;
}

std::optional<Outcome> Intake::quarantine(Request& request, Quarantine reason) {
  const ClaimKey key = senders::quarantine_key(*request.desk.route.source, request.body);
  request.waiter.id = key.id;
  bool held = false;
  if (auto outcome = known(request, key, request.desk.route.quarantine, held); outcome || held) return outcome;
  Submission submission = quarantined(request, reason);
  const Submitted submitted = ports_.delivery.submit(submission);
  HOOKFERRY_CHECK(submitted.kind != Submitted::Kind::conflict);  // its key is the body's hash in both its halves
  if (submitted.kind == Submitted::Kind::held) return std::nullopt;
  return submitted.outcome;
}

}  // namespace hookferry::pipeline
