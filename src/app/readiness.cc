#include "app/readiness.h"

#include <algorithm>

#include "base/text.h"

namespace hookferry::app {
namespace {

using Kind = kafka::TopicState::Kind;

void append_list(std::string& out, std::string_view name, const auto& texts) {
  out.append(",\"").append(name).append("\":[");
  bool first = true;
  for (const auto& text : texts) {
    if (!first) out.push_back(',');
    first = false;
    out.push_back('"');
    append_json_escaped(out, text);
    out.push_back('"');
  }
  out.push_back(']');
}

/// Events are durable, and so answered 200, without Kafka.
bool takes_without_kafka(const Condition& condition) {
  return condition.spool && condition.spool->kind == spool::Health::Kind::ok;
}

void judge_kafka(const Condition& condition, Readiness& readiness) {
  const bool spooled = takes_without_kafka(condition);
  if (!condition.kafka_up) {
    (spooled ? readiness.degraded : readiness.reasons).emplace_back("no-kafka");
  } else if (!condition.topics_asked) {
    (spooled && condition.open ? readiness.degraded : readiness.reasons).emplace_back("starting");
  } else if (!condition.warmed) {
    (spooled && condition.open ? readiness.degraded : readiness.reasons).emplace_back("warming");
  }
}

void judge_spool(const Condition& condition, Readiness& readiness) {
  if (!condition.spool || takes_without_kafka(condition)) return;
  const bool full = condition.spool->kind == spool::Health::Kind::full;
  (condition.kafka_up ? readiness.degraded : readiness.reasons).emplace_back(full ? "spool-full" : "spool-failed");
  readiness.problems.push_back(condition.spool->text);
}

/// Adds `reason` where it belongs: unready when it holds for every topic.
void judge_topics(const Condition& condition, Kind kind, std::string_view reason, Readiness& readiness) {
  const auto count = static_cast<std::size_t>(
      std::ranges::count_if(condition.topics, [&](const kafka::TopicState& topic) { return topic.kind == kind; }));
  if (count == 0) return;
  const bool unready = count == condition.topics.size() && !takes_without_kafka(condition);
  (unready ? readiness.reasons : readiness.degraded).push_back(reason);
}

std::string known(int number) {
  return number == 0 ? "unknown" : cat(number);
}

bool durable_enough(const kafka::TopicState& topic) {
  const bool enough_replicas = topic.replication_factor == 0 || topic.replication_factor >= 2;
  const bool enough_in_sync = topic.min_insync_replicas == 0 || topic.min_insync_replicas >= 2;
  return enough_replicas && enough_in_sync;
}

void judge_durability(const Condition& condition, Readiness& readiness) {
  if (condition.min_durability == config::MinDurability::off || condition.embedded) return;
  for (std::size_t i = 0; i < condition.topics.size(); ++i) {
    const kafka::TopicState& topic = condition.topics[i];
    if (topic.kind != Kind::present || durable_enough(topic)) continue;
    const bool required = condition.min_durability == config::MinDurability::require;
    (required ? readiness.reasons : readiness.degraded).emplace_back("min-durability");
    readiness.problems.push_back(durability_problem(condition.topic_names[i], topic, condition.min_durability));
    return;  // they mostly all have it: one is enough to act on
  }
}

/// A right to write cannot be asked for beforehand: the first record finds out. Never makes unready, since only another
/// record can find out that it has passed.
void judge_refusals(const Condition& condition, Readiness& readiness) {
  for (std::size_t i = 0; i < condition.refusals.size(); ++i) {
    if (condition.refusals[i] == Refusal::none || condition.topics[i].kind != Kind::present) continue;
    const bool right = condition.refusals[i] == Refusal::topic_not_authorized;
    const std::string_view reason = right ? "not-authorized" : "no-topic";
    if (std::ranges::find(readiness.degraded, reason) == readiness.degraded.end()) readiness.degraded.push_back(reason);
    readiness.problems.push_back(
        right ? cat("Kafka refuses records for topic ", condition.topic_names[i],
                    ": this principal lacks the right WRITE on it; grant it, the next event is tried again")
              : cat("Kafka refuses records for topic ", condition.topic_names[i], ": it does not know it (any more)"));
  }
}

void judge_record_limits(const Condition& condition, Readiness& readiness) {
  for (std::size_t i = 0; i < condition.topics.size(); ++i) {
    const kafka::TopicState& topic = condition.topics[i];
    if (topic.kind != Kind::present) continue;
    std::string problem = record_limit_problem(condition.topic_names[i], topic, condition.needed_record_bytes);
    if (problem.empty()) continue;
    readiness.degraded.emplace_back("record-limit");
    readiness.problems.push_back(std::move(problem));
    return;
  }
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

/// Never makes unready: a duplicate that passes is better than an event that does not. While Kafka is away or the
/// warm-up goes on, it is no news.
void judge_tail(const Condition& condition, Readiness& readiness) {
  if (condition.tail_up || !condition.warmed || !condition.kafka_up) return;
  readiness.degraded.emplace_back("tail-down");
  if (!condition.tail_problem.empty()) readiness.problems.push_back(condition.tail_problem);
}

/// Never makes unready: open connections stay open, and where there is none that is said already.
void judge_token(const Condition& condition, Readiness& readiness) {
  if (condition.token_problem.empty()) return;
  readiness.degraded.emplace_back("no-token");
  readiness.problems.push_back(condition.token_problem);
}

/// What the last readings of the configuration left to be done. None of it makes unready: what runs, runs.
void judge_reloads(const Condition& condition, Readiness& readiness) {
  if (!condition.waiting.empty()) {
    readiness.degraded.emplace_back("starting");
    readiness.problems.push_back(cat("not served yet, until its topics are there: ", join(condition.waiting)));
  }
  if (!condition.restart.empty()) {
    readiness.degraded.emplace_back("restart-required");
    readiness.problems.push_back(cat("needs a restart: ", join(condition.restart)));
  }
  if (!condition.reload_failure.empty()) {
    readiness.degraded.emplace_back("reload-failed");
    readiness.problems.push_back(
        cat("the configuration was read again and not taken, what ran before runs on: ", condition.reload_failure));
  }
}

}  // namespace

Readiness judge(const Condition& condition) {
  Readiness readiness;
  if (condition.draining) readiness.reasons.emplace_back("draining");
  judge_kafka(condition, readiness);
  judge_spool(condition, readiness);
  judge_token(condition, readiness);
  judge_tail(condition, readiness);
  judge_topics(condition, Kind::missing, "no-topic", readiness);
  judge_topics(condition, Kind::not_authorized, "not-authorized", readiness);
  judge_refusals(condition, readiness);
  judge_durability(condition, readiness);
  judge_record_limits(condition, readiness);
  judge_reloads(condition, readiness);
  if (readiness.ready() && (!condition.open || condition.nothing_served)) readiness.reasons.emplace_back("starting");
  for (const kafka::TopicState& topic : condition.topics) {
    // What is wrong with Kafka as a whole is every topic's problem: once is enough.
    const bool said = std::ranges::find(readiness.problems, topic.problem) != readiness.problems.end();
    if (!topic.problem.empty() && !said) readiness.problems.push_back(topic.problem);
  }
  return readiness;
}

bool may_open(Condition condition) {
  const auto absent = static_cast<std::size_t>(std::ranges::count_if(
      condition.topics, [](const kafka::TopicState& topic) { return topic.kind != Kind::present; }));
  const bool warming = condition.kafka_up && condition.topics_asked && !condition.warmed;
  const bool known = condition.topics_asked && condition.topics_unknown_to_producer <= absent;
  const bool late = takes_without_kafka(condition) && condition.waited_for_kafka;
  condition.open = true;
  return judge(condition).ready() && !warming && ((condition.kafka_up && known) || late);
}

std::size_t needed_record_bytes(std::size_t max_body) {
  constexpr std::size_t envelope_bytes = 4096;  // attributes, ids, headers
  return max_body + envelope_bytes;
}

std::string durability_problem(const std::string& name, const kafka::TopicState& topic, config::MinDurability minimum) {
  if (durable_enough(topic)) return {};
  return cat("topic ", name, " has replication factor ", topic.replication_factor, " and min.insync.replicas ",
             known(topic.min_insync_replicas),
             ": one broker's loss can lose what was acknowledged; give it 2 or more of both, or set ",
             "kafka.min_durability to ", minimum == config::MinDurability::require ? "warn" : "off");
}

std::string record_limit_problem(const std::string& name, const kafka::TopicState& topic, std::size_t needed_bytes) {
  if (topic.max_message_bytes >= needed_bytes) return {};
  return cat("topic ", name, " takes records of ", topic.max_message_bytes,
             " bytes, http.max_body with its envelope needs ", needed_bytes,
             ": larger events are quarantined; raise its max.message.bytes or lower http.max_body");
}

std::string to_json(const Readiness& readiness) {
  std::string out = cat(R"({"status":")", readiness.ready() ? "ready" : "unready", "\"");
  append_list(out, "reasons", readiness.reasons);
  append_list(out, "degraded", readiness.degraded);
  append_list(out, "problems", readiness.problems);
  out.append("}\n");
  return out;
}

}  // namespace hookferry::app
