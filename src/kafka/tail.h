// The tail: reads back what was published before the start, and from then on all that is published, also by others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "hookferry/clock.h"
#include "hookferry/sightings.h"
#include "kafka/producer.h"

namespace hookferry::kafka {

class TailClient;

struct TailOptions {
  Duration warmup = std::chrono::hours(3);             // how far back is read at the start; more than 0
  Duration warmup_timeout = std::chrono::seconds(30);  // from when Kafka is there
};

struct TailState {
  bool warmed = false;            // the reading back is over, and what came meanwhile was read too
  bool up = false;                // after that: all that is published comes
  Duration lag{};                 // how old the newest record was when it came; while not up, since when
  std::uint64_t records = 0;      // sightings, in all
  std::uint64_t passed_over = 0;  // records that tell nothing
  std::string problem;            // for people, with what to do; empty: none
};

/// Where the reading back begins, at the ends of all partitions, there the tail begins when it is over: nothing is
/// missed, but what is published meanwhile is seen up to `warmup_timeout` late. Topics and partitions that come later
/// are found within seconds, and read from `warmup` ago on. Needs the rights READ and DESCRIBE, no consumer group.
///
/// Has a thread of its own, on which `sightings` is called. Thread-safe.
class Tail {
 public:
  /// What it is given must outlive it. Kafka need not be there.
  static Result<std::unique_ptr<Tail>> start(const ProducerOptions& kafka, TailOptions options, TopicSet topics,
                                             Sightings& sightings, Log& log, const Clock& clock);
  /// For tests: with a client of their own.
  static std::unique_ptr<Tail> start(std::unique_ptr<TailClient> client, std::string servers, TailOptions options,
                                     TopicSet topics, Sightings& sightings, Log& log, const Clock& clock);
  ~Tail();

  /// Reads these from now on.
  void set_topics(TopicSet topics);
  /// From the next login on.
  void set_credentials(const Credentials& credentials) noexcept;
  /// Asks Kafka for topics and partitions now rather than within seconds: when one was made.
  void look_again() noexcept;
  /// Kafka is there, as others see it: from the first such word on nobody waits longer than `warmup_timeout`.
  void kafka_is_up() noexcept;

  [[nodiscard]] bool warmed() const noexcept;
  [[nodiscard]] TailState state() const;

 private:
  struct State;
  explicit Tail(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
