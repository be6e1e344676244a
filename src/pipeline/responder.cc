#include "pipeline/responder.h"

#include <array>

#include "base/text.h"
#include "pipeline/answers.h"

namespace hookferry::pipeline {
namespace {

std::string_view name(Outcome::Kind kind) {
  constexpr std::array<std::string_view, 5> names{"accepted", "duplicate", "quarantined", "rejected", "unavailable"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view reason(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::quarantined:
      return hookferry::name(outcome.quarantine);
    case Outcome::Kind::rejected:
      return hookferry::name(outcome.rejection);
    default:
      return outcome.detail;
  }
}

}  // namespace

Responder::Responder(const Catalog& catalog, bool full_addresses, Telemetry& telemetry, Log& log, const Clock& clock)
    : catalog_(catalog), full_addresses_(full_addresses), telemetry_(telemetry), log_(log), clock_(clock) {}

Answer Responder::finish(const Waiter& waiter, const Outcome& outcome, const Circumstances& circumstances) noexcept {
  count(waiter, outcome);
  log(waiter, outcome, circumstances);
  return answer_for(outcome);
}

void Responder::reply(const Waiter& waiter, const Outcome& outcome) noexcept {
  answers_.load()->answer(waiter.ticket, finish(waiter, outcome, {}));
}

void Responder::count(const Waiter& waiter, const Outcome& outcome) noexcept {
  // What became durable was counted when it did.
  if (outcome.kind == Outcome::Kind::duplicate) telemetry_.event(waiter.source, waiter.event, EventOutcome::duplicate);
  if (outcome.kind == Outcome::Kind::unavailable) telemetry_.event(waiter.source, waiter.event, EventOutcome::refused);
  if (outcome.kind == Outcome::Kind::rejected) telemetry_.rejected(waiter.source, outcome.rejection);
}

void Responder::log(const Waiter& waiter, const Outcome& outcome, const Circumstances& circumstances) noexcept {
  RequestLine line;
  line.source = catalog_.source_name(waiter.source);
  if (waiter.event != no_event) line.event = catalog_.event_name(waiter.source, waiter.event);
  line.outcome = name(outcome.kind);
  line.reason = reason(outcome);
  line.elapsed = clock_.monotonic() - waiter.received;
  line.secret = waiter.secret;
  line.first_seen = outcome.first_seen;
  std::string id;
  if (outcome.kind == Outcome::Kind::accepted || outcome.kind == Outcome::Kind::duplicate) id = hex(outcome.id);
  line.id = id;
  if (outcome.place) {
    line.topic = catalog_.topic_name(outcome.place->topic);
    line.partition = outcome.place->partition;
    line.offset = outcome.place->offset;
  } else if (outcome.kind == Outcome::Kind::accepted || outcome.kind == Outcome::Kind::quarantined) {
    line.topic = "spool";
  }
  std::string address;
  if (outcome.kind == Outcome::Kind::rejected) {
    line.body_size = circumstances.body_size;
    address = full_addresses_ ? circumstances.address.text() : truncate_address(circumstances.address);
    line.address = address;
  }
  log_.request(line);
}

}  // namespace hookferry::pipeline
