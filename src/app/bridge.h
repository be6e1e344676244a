// The bridge: every room wired together, from start to stop.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/changes.h"
#include "app/ended_clients.h"
#include "app/memory.h"
#include "app/no_telemetry.h"
#include "app/plan.h"
#include "app/producing.h"
#include "app/readiness.h"
#include "app/serving.h"
#include "app/spooling.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "dedupe/cache.h"
#include "delivery/delivery.h"
#include "hookferry/clock.h"
#include "hookferry/topic_limits.h"
#include "http/front.h"
#include "http/tls.h"
#include "kafka/embedded_broker.h"
#include "kafka/producer.h"
#include "kafka/topics.h"
#include "metrics/metrics.h"
#include "pipeline/responder.h"

namespace hookferry::app {

/// What a bridge that stopped has not brought to Kafka.
struct Left {
  std::size_t unreported = 0;  // neither in Kafka nor in the spool, as far as is known: no sender was told 200
  std::size_t spooled = 0;     // go to Kafka after the next start
  bool synchronised = true;    // the spool's last work is on the disk
};

/// One running instance. Start → the admin port answers → Kafka and the topics are there → the webhook port opens →
/// stop. Thread-safe; stop and destruction from one thread.
class Bridge final : public TopicLimits {
 public:
  /// Starts all but the webhook port, which opens when the bridge is ready for the first time. `log` and `clock` must
  /// outlive it. An error is the environment's: a port that is taken, a library that would not start.
  static Result<std::unique_ptr<Bridge>> start(config::Config config, Log& log, const Clock& clock);
  ~Bridge() override;

  /// The webhook port; 0 before it is open.
  [[nodiscard]] std::uint16_t port() const;
  /// The same, known before it is open.
  [[nodiscard]] std::uint16_t bound_port() const { return webhooks_->port(); }
  [[nodiscard]] std::uint16_t admin_port() const;
  /// As it was at the start.
  [[nodiscard]] const config::Config& config() const noexcept { return config_; }
  /// As of now.
  [[nodiscard]] Plan plan() const;
  /// How to reach Kafka; of the embedded broker, the address it listens on.
  [[nodiscard]] kafka::ProducerOptions kafka_options() const;
  /// Null without `--kafka embedded`. For the demo and for tests.
  [[nodiscard]] kafka::EmbeddedBroker* embedded_broker() noexcept { return broker_.get(); }
  /// For tests: what a fatal error of the producer does.
  void fail_producer();

  /// Waits until the webhook port is open, for at most `limit`; whether it is.
  [[nodiscard]] bool wait_until_open(Duration limit);
  /// Why the webhook port could not open, once it is known: the process should end.
  [[nodiscard]] std::optional<Error> failure() const;

  /// Whether what was published before the start is known, as far as it will be. At once without a tail.
  [[nodiscard]] bool warmed() const { return memory_.warmed(); }
  [[nodiscard]] Readiness readiness() const;
  /// The events that Kafka would not take are tried again: those of the topic, or with an empty name all. How many are
  /// parked at present; nothing without a spool.
  [[nodiscard]] std::optional<std::uint64_t> retry_parked(std::string_view topic);
  /// What the spool holds; nothing without one.
  [[nodiscard]] std::optional<spool::Stats> spooled() const;
  [[nodiscard]] std::string metrics_text() { return metrics_.text(); }
  [[nodiscard]] std::string status() const;
  [[nodiscard]] delivery::Delivery::Stats in_flight() const noexcept { return delivery_->stats(); }

  [[nodiscard]] std::size_t max_message_bytes(TopicId topic) const noexcept override;

  /// Applies what can be applied of a configuration that was read again, and says in the log, in /readyz and in the
  /// metrics what was and what needs a restart. One that is not valid changes nothing. Requests see all of it or
  /// nothing; a source that is new is served once its topics are there. What is under way goes on as it began. Any
  /// thread; does nothing once the bridge is stopping.
  void reload(const config::Loaded& loaded);

  /// Unready at once; keeps serving for `drain`, then stops accepting and finishes what is under way, for at most
  /// shutdown.flush; what is left of that goes into the spool, if there is one. `hurry` is asked now and then, and ends
  /// the waiting.
  [[nodiscard]] Left stop(Duration drain, const std::function<bool()>& hurry);

 private:
  Bridge(config::Config config, std::unique_ptr<kafka::EmbeddedBroker> broker, Log& log, const Clock& clock);

  [[nodiscard]] Result<void> open_spool();
  [[nodiscard]] Result<void> make_first_plan();
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Result<void> open_admin();
  [[nodiscard]] Result<void> bind_webhooks();
  void open_webhooks();
  void begin_draining();
  void supervise();
  void watch_topics();
  void serve_who_waited();
  [[nodiscard]] Result<Changes> try_to_apply(const config::Loaded& loaded);
  [[nodiscard]] Result<void> take_over(Plan plan, const Changes& changes);
  [[nodiscard]] Serving what_is_there() const;
  void serve(Serving serving);
  void report_reload(const Changes& changes);
  void report_failed_reload(std::string_view reason);
  [[nodiscard]] pipeline::Intake::Ports intake_ports() noexcept;
  void watch_readiness();
  void log_readiness(const Readiness& now);
  void replace_clients();
  void reconnect(std::unique_ptr<kafka::Producer> successor);
  [[nodiscard]] bool at_rest() const;
  [[nodiscard]] Condition condition() const;
  [[nodiscard]] metrics::Gauges gauges() const;
  void add_spool(metrics::Gauges& out) const;
  [[nodiscard]] std::size_t max_connections() const;
  [[nodiscard]] Result<http::FrontOptions> webhook_options();

  /// What became of the readings of the configuration since the start.
  struct Reloads {
    std::array<std::uint64_t, std::size(metrics::reload_result_names)> results{};
    std::optional<WallTime> last_success;
    std::vector<std::string> restart;  // what needs one, as of the last valid reading
    std::string failure;               // of the last reading; empty: it was valid
  };

  const config::Config config_;
  Log& log_;
  const Clock& clock_;
  const MonotonicTime started_;
  NoTelemetry no_telemetry_;
  std::unique_ptr<kafka::EmbeddedBroker> broker_;
  pipeline::Catalog catalog_;  // written under changing_

  metrics::Metrics metrics_;
  dedupe::Cache cache_;
  Memory memory_;
  pipeline::Responder responder_;
  // The fronts take answers until the producer is gone, so they are destroyed after it (and stopped before).
  std::unique_ptr<http::Front> webhooks_;
  std::unique_ptr<http::Front> admin_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::unique_ptr<Spooling> spooling_;    // null: no spool
  std::vector<std::string> kept_topics_;  // those that the spool held rows of

  std::mutex changing_;     // held over a change of what is served; taken before mutex_
  config::Config running_;  // under changing_: the configuration that is in effect

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  kafka::ProducerOptions kafka_options_;
  Plan plan_;
  Serving serving_;
  Reloads reloads_;
  std::shared_ptr<http::Tls> tls_;  // what new connections get; null: they are plain
  EndedClients ended_;
  std::optional<Producing> producing_;             // from `connect` on
  std::optional<WallTime> kafka_certificate_end_;  // of the certificate that Kafka is shown
  std::unique_ptr<kafka::TopicKeeper> keeper_;
  bool open_ = false;  // the webhook port
  std::optional<Error> failure_;
  std::vector<kafka::TopicState::Kind> topic_kinds_;
  bool kafka_was_up_ = false;
  std::string last_readiness_;

  std::atomic<bool> draining_{false};
  std::atomic<bool> ending_{false};
  std::thread supervisor_;
};

}  // namespace hookferry::app
