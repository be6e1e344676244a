// An in-process broker (librdkafka's mock cluster): for the demo, for trying out, and for scripted faults in tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"

namespace hookferry::kafka {

/// Memory only: gone with the object. Keeps about 5 MB a partition, and makes any topic that is asked for, with
/// librdkafka's 4 partitions (which can't be changed): `create_topic` before that for another number. Listens on
/// 127.0.0.1 alone, on a port that the system chooses. Thread-safe.
class EmbeddedBroker {
 public:
  struct Options {
    int brokers = 1;
  };
  static Result<std::unique_ptr<EmbeddedBroker>> start(Options options);
  ~EmbeddedBroker();

  [[nodiscard]] std::string bootstrap_servers() const;
  void create_topic(const std::string& name, int partitions, int replication_factor);

  // Scripted faults.
  enum class Fault {
    produce_unknown,
    produce_too_large,
    produce_not_authorized,
    produce_unknown_topic,
    produce_invalid_message,
    produce_out_of_order,
    produce_timed_out,
    produce_not_leader,
    produce_policy_violation
  };
  /// The next `count` produce requests are answered with this error. librdkafka retries by itself, without a report,
  /// after produce_unknown_topic (until metadata says so too), produce_timed_out and produce_not_leader.
  void fail_next_produce(Fault fault, std::size_t count);
  /// Every answer of every broker takes this long.
  void set_round_trip(Duration round_trip);
  /// No leader for any of the topic's partitions / the first broker leads again.
  void take_leader_away(const std::string& topic, int partitions);
  /// Not where the mock broker reads the leader's number without looking whether there is one: librdkafka 2.4 and later
  /// (v2.8.0, rdkafka_mock_handlers.c: `mpart->leader->id`).
  static bool survives_a_missing_leader() noexcept;
  void give_leader_back(const std::string& topic, int partitions);
  /// Every broker closes its connections and refuses new ones / comes back, on the same port.
  void set_down();
  void set_up();

 private:
  struct State;
  explicit EmbeddedBroker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
