// The flight of an event: claimed, published, and answered once it is durable or its deadline has passed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/append_only.h"
#include "delivery/caps.h"
#include "delivery/flight.h"
#include "delivery/lane.h"
#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/publisher.h"
#include "hookferry/telemetry.h"

namespace hookferry::delivery {

struct Options {
  Duration ack_deadline = std::chrono::seconds(4);  // from a request's last byte
  std::uint64_t max_inflight_events = 20000;
  std::uint64_t max_inflight_bytes = 64 << 20;
  std::uint64_t max_waiters = 10000;  // those who wait for another's flight
};

/// What became of a submission at once.
struct Submitted {
  enum class Kind : std::uint8_t {
    held,      // Replies brings the outcome, at the latest at the deadline
    answered,  // `outcome` is the answer
    conflict,  // the job id is known with other data: submit again with `instead`, nothing was taken
  };
  Kind kind = Kind::held;
  Outcome outcome;
};

/// The rules of a flight (design, "A flight"): a 200 once, at the first durability; a 503 once, at the deadline, while
/// the flight goes on and a retry joins it; the claim commits at the first durability and is released only when neither
/// Kafka nor the spool has the event.
///
/// Thread-safe. A lane's lock is held while a record is handed to the publisher; replies are given without locks.
/// Everything taken by reference must outlive it.
class Delivery final : public DeliveryReports {
 public:
  struct Stats {
    Caps::Usage usage;
    Caps::Usage capacity;
  };

  Delivery(const Options& options, std::size_t topics, Claims& claims, Replies& replies, Telemetry& telemetry,
           const Clock& clock);
  ~Delivery() override;

  /// Where records go from now on: before the first submission, and when a producer has been replaced. When it returns,
  /// the publisher before is not called any more.
  void attach(Publisher& publisher) noexcept;

  /// Takes events of topics with ids below `topics` from now on, too. Not at the same time as `attach`.
  void add_topics(std::size_t topics);

  /// Claims the event and publishes it, or joins the flight that is under way for it. Moves from `submission` only when
  /// it is held.
  [[nodiscard]] Submitted submit(Submission& submission);

  /// Joins the flight that was seen pending; nullopt when it is over by now.
  [[nodiscard]] std::optional<Submitted> join(TopicId topic, FlightId flight, const Waiter& waiter);

  void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept override;

  /// Lets deadlines and back-offs pass: to be called every few milliseconds.
  void tick();

  /// Kafka is known to take this topic again: what was refused before no longer counts.
  void topic_is_back(TopicId topic);

  /// Why Kafka refused the topic's records, until it takes one again or `topic_is_back`; else `none`.
  [[nodiscard]] Refusal topic_refusal(TopicId topic) const;

  [[nodiscard]] Stats stats() const noexcept { return {caps_.usage(), caps_.max()}; }

 private:
  /// What is to be done once the lane's lock is free.
  struct Effects;

  [[nodiscard]] Submitted claim(Submission& submission, Effects& effects);
  // These are called with the lane's lock held.
  [[nodiscard]] Submitted board(Lane& lane, Flight& flight, Submission& submission, Effects& effects);
  [[nodiscard]] Submitted join_locked(Lane& lane, Flight& flight, const Waiter& waiter);
  [[nodiscard]] Submitted defer_locked(Lane& lane, Flight& flight, Submission& submission);
  void publish(Lane& lane, Flight& flight, Effects& effects);
  void acknowledged(Lane& lane, Flight& flight, const DeliveryReport& report, Effects& effects);
  void refused(Lane& lane, Flight& flight, Refusal refusal, bool by_itself, Effects& effects);
  void retry_or_lose(Lane& lane, Flight& flight, Effects& effects);
  void lose(Lane& lane, Flight& flight, std::string_view detail, Effects& effects);
  void end(Lane& lane, Flight& flight, Effects& effects);
  void expire(Lane& lane, MonotonicTime now, Effects& effects);
  void expire_joined(Lane& lane, Flight& flight, MonotonicTime now, Effects& effects);
  // And this without.
  void run(Effects& effects);
  [[nodiscard]] Lane& lane(TopicId topic) const;

  const Options options_;
  Claims& claims_;
  Replies& replies_;
  Telemetry& telemetry_;
  const Clock& clock_;
  std::atomic<Publisher*> publisher_{nullptr};
  Caps caps_;
  AppendOnly<std::unique_ptr<Lane>> lanes_;  // by TopicId
};

}  // namespace hookferry::delivery
