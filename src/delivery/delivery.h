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
#include "delivery/effects.h"
#include "delivery/flight.h"
#include "delivery/lane.h"
#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/publisher.h"
#include "hookferry/spool.h"
#include "hookferry/telemetry.h"

namespace hookferry::delivery {

struct Options {
  Duration ack_deadline = std::chrono::seconds(4);  // from a request's last byte
  std::uint64_t max_inflight_events = 20000;
  std::uint64_t max_inflight_bytes = 64 << 20;
  std::uint64_t max_waiters = 10000;  // those who wait for another's flight
  // With a spool:
  Duration spool_after = std::chrono::milliseconds(100);  // an event that Kafka has not acknowledged by then gets a row
  std::size_t drain_window = 1000;                        // rows of a topic that are handed to Kafka at a time
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

/// The rules of a flight: a 200 once, at the first durability; a 503 once, at the deadline, while the flight goes on
/// and a retry joins it; the claim commits at the first durability and is released only when neither Kafka nor the
/// spool has the event. What the client may still deliver is never given to it again; what Kafka refused is, in the
/// order of acceptance but for itself.
///
/// With a spool a topic is in one of two modes (topic_rows.h): while Kafka takes its events they go there; from when
/// one is not acknowledged in time, every new one is a row, until Kafka has been handed all rows.
///
/// Thread-safe. A lane's lock is held while a record is handed to the publisher or the spool; replies are given without
/// locks. Everything taken by reference must outlive it. In three files: delivery.cc (what comes in, who waits),
/// reports.cc (Kafka's word), rows.cc (the spool's word, modes and drain).
class Delivery final : public DeliveryReports, public RowReports {
 public:
  struct Stats {
    Caps::Usage usage;  // under way, or held by Kafka's client
    Caps::Usage capacity;
    std::uint64_t undecided = 0;  // events that are neither durable nor lost: whoever sent them has no 200
  };

  /// Without a `spool`, events wait for Kafka alone.
  Delivery(const Options& options, std::size_t topics, Claims& claims, Replies& replies, Telemetry& telemetry,
           const Clock& clock, Spool* spool = nullptr);
  ~Delivery() override;

  /// Where records go from now on: before the first submission, and when a producer has been replaced. When it returns,
  /// the publisher before is not called any more. What that one could not publish is published now, in the order of
  /// acceptance: it must have reported everything.
  void attach(Publisher& publisher);

  /// Before the first submission: the spool holds `rows` rows of the topic, `newest` the last of them.
  void restore(TopicId topic, std::uint64_t rows, RowId newest);

  /// The spool has `rows` parked rows of the topic unsent again, `newest` the last of them. To be called when the
  /// inserts before them have been reported, and none behind them.
  void returned(TopicId topic, std::uint64_t rows, RowId newest);

  /// Takes events of topics with ids below `topics` from now on, too. Not at the same time as `attach`.
  void add_topics(std::size_t topics);

  /// Claims the event and publishes it, or joins the flight that is under way for it. Moves from `submission` only when
  /// it is held.
  [[nodiscard]] Submitted submit(Submission& submission);

  /// Joins the flight that was seen pending; nullopt when it is over by now.
  [[nodiscard]] std::optional<Submitted> join(TopicId topic, FlightId flight, const Waiter& waiter);

  void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept override;
  void inserted(std::uint64_t cookie, const RowReport& report) noexcept override;

  /// Lets deadlines and back-offs pass: to be called every few milliseconds.
  void tick();

  /// Hands rows of topics that Kafka takes again to the publisher. Blocks on the disk: for one thread of its own.
  /// Whether there is more to do at once.
  [[nodiscard]] bool drain();

  /// Gives everything that is not durable yet to the spool, if there is one: the process is about to end.
  void secure();

  /// Kafka is known to take this topic again: what was refused before no longer counts.
  void topic_is_back(TopicId topic);

  /// Why Kafka refused the topic's records, until it takes one again or `topic_is_back`; else `none`.
  [[nodiscard]] Refusal topic_refusal(TopicId topic) const;

  [[nodiscard]] Mode mode(TopicId topic) const;
  /// Events and rows of the topics that Kafka takes at present: those that are worth waiting for.
  [[nodiscard]] std::uint64_t moving() const;
  [[nodiscard]] Stats stats() const noexcept;

 private:
  [[nodiscard]] Submitted claim(Submission& submission, Effects& effects);
  // These are called with the lane's lock held.
  [[nodiscard]] Submitted board(Lane& lane, Flight& flight, Submission& submission, Effects& effects);
  [[nodiscard]] Submitted join_locked(Lane& lane, Flight& flight, const Waiter& waiter);
  [[nodiscard]] Submitted defer_locked(Lane& lane, Flight& flight, Submission& submission);
  void settle(Flight& flight, EventOutcome counted, const std::optional<Place>& place, Effects& effects);
  void lose(Lane& lane, Flight& flight, std::string_view detail, Effects& effects);
  void dismiss(Flight& flight, Effects& effects);
  void end(Lane& lane, Flight& flight, Effects& effects);
  void expire(Lane& lane, MonotonicTime now, Effects& effects);
  void expire_joined(Lane& lane, Flight& flight, MonotonicTime now, Effects& effects);

  void publish(Lane& lane, Flight& flight, Effects& effects);
  void publish_again(Lane& lane, Flight& flight, Effects& effects);
  [[nodiscard]] Refusal hand_over(Flight& flight);
  void strand(Lane& lane, Flight& flight);
  void hand_stranded(Lane& lane, Effects& effects);
  void acknowledged(Lane& lane, Flight& flight, const DeliveryReport& report, Effects& effects);
  void refused(Lane& lane, Flight& flight, Refusal refusal, bool by_itself, Effects& effects);
  void refused_topic(Lane& lane, Flight& flight, Refusal refusal, Effects& effects);
  void failed_producer(Lane& lane, Flight& flight, Effects& effects);
  void retry_or_lose(Lane& lane, Flight& flight, Effects& effects);

  void insert(Flight& flight);
  void rely_on_row(Lane& lane, Flight& flight, std::string_view detail, Effects& effects);
  void leave_row(Lane& lane, Flight& flight, Effects& effects);
  void committed(Lane& lane, Flight& flight, RowId row, Effects& effects);
  void begin_spooling(Lane& lane, Effects& effects);
  void pause_drain(Lane& lane);
  void resume_direct(Lane& lane, Effects& effects);
  struct Slice;
  [[nodiscard]] std::optional<Slice> next_slice(Lane& lane, Effects& effects);
  [[nodiscard]] bool hand_rows(Lane& lane, const Slice& slice, std::vector<SpooledRow> found, Effects& effects);
  [[nodiscard]] bool hand_row(Lane& lane, SpooledRow& row, Effects& effects);
  // And this without.
  void run(Effects& effects);
  [[nodiscard]] bool drain(Lane& lane);
  [[nodiscard]] Lane& lane(TopicId topic) const;
  [[nodiscard]] Caps& room_of(const Flight& flight) noexcept { return flight.queued_only ? queue_caps_ : caps_; }

  const Options options_;
  Claims& claims_;
  Replies& replies_;
  Telemetry& telemetry_;
  const Clock& clock_;
  Spool* const spool_;
  std::atomic<Publisher*> publisher_{nullptr};
  Caps caps_;        // of what Kafka's client holds, and of those who wait
  Caps queue_caps_;  // of what is on its way into the spool alone
  std::atomic<std::uint64_t> undecided_{0};
  AppendOnly<std::unique_ptr<Lane>> lanes_;  // by TopicId
};

}  // namespace hookferry::delivery
