// Whether this instance should get requests, and what is wrong with it: /readyz.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "hookferry/publisher.h"
#include "kafka/topics.h"
#include "spool/sqlite_spool.h"

namespace hookferry::app {

/// What readiness is judged by.
struct Condition {
  bool kafka_up = false;
  bool topics_asked = false;
  bool warmed = true;         // what was published before the start is known, as far as it will be
  bool tail_up = true;        // what other instances publish is read; true where there is no tail
  std::string tail_problem;   // why not
  std::string token_problem;  // why there is no new token to log in to Kafka with; empty: none is missing
  bool open = false;          // the webhook port
  std::size_t topics_unknown_to_producer = 0;  // it would hold their first records back
  std::optional<spool::Health> spool;          // nothing: there is none
  bool waited_for_kafka = false;               // long enough, with a spool
  bool draining = false;
  bool embedded = false;  // one broker in this process: durability is not asked of it
  config::MinDurability min_durability = config::MinDurability::warn;
  std::size_t needed_record_bytes = 0;    // what http.max_body needs with its envelope
  std::vector<std::string> topic_names;   // of those in use
  std::vector<kafka::TopicState> topics;  // likewise
  std::vector<Refusal> refusals;          // what Kafka said to each topic's last record, `none` if it took it
  bool nothing_served = false;            // every source waits
  std::vector<std::string> waiting;       // sources and events whose topics are not there yet, of a reload
  std::vector<std::string> restart;       // keys whose new values need one
  std::string reload_failure;             // why the last reload failed; empty: it did not
};

/// The reasons are public: starting warming draining no-kafka no-topic not-authorized min-durability record-limit
/// spool-full spool-failed no-token tail-down restart-required reload-failed.
struct Readiness {
  std::vector<std::string_view> reasons;   // any: not ready
  std::vector<std::string_view> degraded;  // ready, but
  std::vector<std::string> problems;       // for people, with what to do
  [[nodiscard]] bool ready() const noexcept { return reasons.empty(); }
};

/// A missing topic or right degrades, and makes unready only where it holds for all topics. With a spool that takes
/// events, nothing about Kafka makes unready; without Kafka, a spool that takes none does.
[[nodiscard]] Readiness judge(const Condition& condition);

/// Whether the webhook port may open: all else is ready, what was published before is known, and the producer knows
/// every topic that there is, so that no first event has to wait for that. With a spool that takes events, Kafka is
/// waited for, but not for long.
[[nodiscard]] bool may_open(Condition condition);

/// What a body of `max_body` needs as a record at most, as long as no `unmapped` doubles what it holds.
[[nodiscard]] std::size_t needed_record_bytes(std::size_t max_body);
/// Why a topic is less durable than the minimum, or takes smaller records than may come; empty where it is not.
[[nodiscard]] std::string durability_problem(const std::string& name, const kafka::TopicState& topic,
                                             config::MinDurability minimum);
[[nodiscard]] std::string record_limit_problem(const std::string& name, const kafka::TopicState& topic,
                                               std::size_t needed_bytes);

/// The body of /readyz.
[[nodiscard]] std::string to_json(const Readiness& readiness);

}  // namespace hookferry::app
