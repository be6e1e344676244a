// The producer: librdkafka behind the Publisher port.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "hookferry/clock.h"
#include "hookferry/publisher.h"
#include "hookferry/telemetry.h"

namespace hookferry::kafka {

class Tokens;

using Properties = std::vector<std::pair<std::string, std::string>>;

struct ProducerOptions {
  std::string bootstrap_servers{};
  Duration linger = std::chrono::milliseconds(5);
  Properties properties{};  // from the configuration and -X, already checked by check_property
  // Of what is sent and not acknowledged; as much again may wait to be sent.
  std::size_t max_queued_records = 20000;
  std::size_t max_queued_bytes = 64 << 20;
  std::shared_ptr<Tokens> tokens{};  // to log in with by SASL OAUTHBEARER; null: otherwise, or not at all
};

/// How to log in by SASL PLAIN or SCRAM.
struct Credentials {
  std::string username{};
  std::string password{};
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Every topic that there has been, by TopicId, and which of them are in use: the others are no longer looked after,
/// but what is under way to them goes on.
struct TopicSet {
  std::vector<std::string> names{};  // only ever appended to
  std::vector<bool> used{};          // by TopicId

  [[nodiscard]] static TopicSet all_used(std::vector<std::string> names) {
    std::vector<bool> used(names.size(), true);
    return {std::move(names), std::move(used)};
  }
};

/// Why a librdkafka property may not be set (the promises rest on it, or hookferry has a key of its own for it), or
/// that it, or its value, is unknown to librdkafka; success when it may be set.
[[nodiscard]] Result<void> check_property(const std::string& name, const std::string& value);

/// What the producer knows of Kafka, for /readyz, /status and metrics.
struct BrokerState {
  std::string name;  // "1 localhost:9092"; labels use the id
  std::int32_t id = -1;
  bool up = false;
  double rtt_seconds = 0;
};
struct ProducerState {
  bool up = false;  // at least one broker connected
  bool fatal = false;
  std::string last_error;          // the newest error text, empty: none since it was last up
  std::uint64_t retries = 0;       // hookferry_kafka_retries_total: requests sent again, as librdkafka counts them
  std::size_t unknown_topics = 0;  // in use, and the client has no partitions of them yet: their first event would wait
  std::vector<BrokerState> brokers;
};

/// Thread-safe. Owns librdkafka's handles and its threads: one sends and takes the reports, one asks Kafka for what
/// publishing must not wait for. A record is sent at once when none is under way; else it waits for those to be
/// acknowledged, for at most `linger`, so that what comes together is sent together. Nothing blocks but `create`,
/// `flush` and destruction. After a fatal error (`state().fatal`) every publish is refused as fatal, and so is every
/// record already taken that Kafka did not acknowledge; all are reported. Then a new Producer can be made and this one
/// destroyed, in either order. `Batching::alone` is a second client with batches of one record, made at the first wish
/// for it: until then, a few milliseconds, such records are refused as `transient`.
class Producer final : public Publisher {
 public:
  /// `topics` by TopicId: each gets its handle at once. `reports` and `log` must outlive the producer; reports come on
  /// the producer's own thread. Kafka need not be there.
  static Result<std::unique_ptr<Producer>> create(ProducerOptions options, std::vector<std::string> topics,
                                                  DeliveryReports& reports, Log& log);
  /// Does not wait for what is unreported, which then never is: flush first. Afterwards no record is needed any more.
  ~Producer() override;

  [[nodiscard]] Refusal publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept override;
  [[nodiscard]] bool connected() const noexcept override;

  /// Waits for all reports, at most `limit`; how many records are left unreported.
  std::size_t flush(Duration limit);
  /// Gives up what is still unreported, as `fatal`. Only after a fatal error or `retire`, when no more is published: a
  /// request that was in flight then may be queued again by librdkafka, which neither sends nor reports it any more.
  void purge() noexcept;
  /// From librdkafka's statistics (every 2 s) and callbacks; cheap.
  [[nodiscard]] ProducerState state() const;
  /// Asks Kafka for the topics now, rather than within a second: after a topic was created.
  void refresh_topics() noexcept;
  /// Takes records of these topics too, once it returns. The error names one that librdkafka does not take.
  [[nodiscard]] Result<void> set_topics(TopicSet topics);
  /// Whether the client has the topic's partitions, so that its first record need not wait for them.
  [[nodiscard]] bool knows(TopicId topic) const noexcept;
  /// From the next login on; connections that are open stay open.
  void set_credentials(const Credentials& credentials) noexcept;
  /// Takes no record any more: another producer is to come, and until then each is refused as `queue_full`. What was
  /// taken goes on.
  void retire() noexcept;
  /// For tests: ends the producer as a fatal error does.
  void make_fatal() noexcept;

 private:
  struct State;
  explicit Producer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::kafka
