// A request's way through: verify → read → look → render → deliver.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "delivery/delivery.h"
#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/outcome.h"
#include "hookferry/telemetry.h"
#include "hookferry/topic_limits.h"
#include "senders/reader.h"
#include "senders/source.h"
#include "senders/verifier.h"

namespace hookferry::pipeline {

/// Where an event goes, and what it is called outside of its source.
struct EventRoute {
  EventId id = 0;  // in the Catalog
  TopicId topic = 0;
  bool open = true;  // false: its topic is not there yet, so that the event is taken for an unknown one
};

/// A source and the topics of its events.
struct SourceRoute {
  SourceId id = 0;  // in the Catalog
  std::shared_ptr<const senders::Source> source;
  std::vector<EventRoute> events;  // by position in source->events()
  TopicId quarantine = 0;
  std::vector<Network> allow{};  // who may send; empty: anyone
};

/// One request of a source. The views are the caller's.
struct Incoming {
  std::span<const senders::HeaderView> headers;
  std::string_view body;
  IpAddress address;
  MonotonicTime received;
  Ticket ticket;
};

/// Who asked, and the outcome if it is known; else it is held, and Replies brings it.
struct Taken {
  Waiter waiter;
  std::optional<Outcome> outcome;
};

/// One per event loop: keeps the verifiers' and readers' memory. Not thread-safe; what it refers to is, and must
/// outlive it.
class Intake {
 public:
  struct Ports {
    const Claims& claims;
    delivery::Delivery& delivery;
    const TopicLimits& limits;
    Telemetry& telemetry;
    const Clock& clock;
  };
  /// `publish_conflicts`: dedupe.on_conflict.
  Intake(std::vector<SourceRoute> sources, bool publish_conflicts, const Ports& ports);

  /// `route` is a position in `sources`.
  [[nodiscard]] Taken take(std::size_t route, const Incoming& incoming);

 private:
  struct Desk {
    SourceRoute route;
    senders::Verifier verifier;
    senders::Reader reader;
  };
  struct Request;

  [[nodiscard]] std::optional<Outcome> accept(Request& request, const senders::Event& event);
  [[nodiscard]] std::optional<Outcome> quarantine(Request& request, Quarantine reason);
  [[nodiscard]] std::optional<Outcome> known(Request& request, const ClaimKey& key, TopicId topic, bool& held);
  [[nodiscard]] delivery::Submission quarantined(const Request& request, Quarantine reason) const;

  std::vector<Desk> desks_;
  const bool publish_conflicts_;
  const Ports ports_;
};

}  // namespace hookferry::pipeline
