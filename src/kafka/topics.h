// Topics: made where allowed, looked after, and what they can take.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "hookferry/clock.h"
#include "kafka/producer.h"

namespace hookferry::kafka {

struct TopicOptions {
  bool create = true;
  int partitions = 6;
  int replication_factor = -1;                  // -1: the broker's default
  std::map<std::string, std::string> config{};  // retention.ms, min.insync.replicas, …
  bool admin_calls = true;                      // false on the embedded broker, which has none
};

/// What is known of one topic.
struct TopicState {
  enum class Kind { unasked, present, missing, not_authorized } kind = Kind::unasked;
  int partitions = 0;
  int replication_factor = 0;   // 0: not known
  int min_insync_replicas = 0;  // 0: not known
  /// What a batch may be, as Kafka's max.message.bytes says: a record alone in one costs up to 80 bytes more than its
  /// key, value and headers, and up to 10 more for each header. Until asked for: Kafka's default less what a batch
  /// costs.
  std::size_t max_message_bytes = 1000000;
  bool max_message_bytes_known = false;
  std::string problem;  // for people, with what to do; empty: none
};

/// Keeps asking on a thread of its own, with back-off, until every topic in use is present and described, then once a
/// minute; creates those missing where allowed. Thread-safe.
class TopicKeeper {
 public:
  /// `log` must outlive it. Kafka need not be there.
  static Result<std::unique_ptr<TopicKeeper>> start(const ProducerOptions& kafka, TopicOptions options,
                                                    std::vector<std::string> topics, Log& log);
  ~TopicKeeper();

  /// Looks after these from now on. One that is no longer in use is not asked for, nor created, any more.
  void set_topics(TopicSet topics);
  /// From the next login on.
  void set_credentials(const Credentials& credentials) noexcept;

  /// By a new client, made so, once what it is about is done.
  [[nodiscard]] Result<void> reconnect(const ProducerOptions& kafka);

  /// By TopicId.
  [[nodiscard]] TopicState state(TopicId topic) const;
  /// Cheap enough for the hot path: one atomic load.
  [[nodiscard]] std::size_t max_message_bytes(TopicId topic) const noexcept;
  /// Whether every topic of the start was asked for at least once (present, missing or not authorised).
  [[nodiscard]] bool asked() const noexcept;
  /// Asks again now rather than when it would.
  void ask_again() noexcept;

 private:
  struct State;
  explicit TopicKeeper(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
