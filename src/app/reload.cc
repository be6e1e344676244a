// A bridge's configuration changes while it runs.
#include <algorithm>
#include <utility>

#include "app/bridge.h"
#include "app/options.h"
#include "app/token_source.h"
#include "base/text.h"

namespace hookferry::app {
namespace {

constexpr std::size_t problems_in_the_log = 5;

std::string join(const std::vector<std::string>& texts, std::string_view between) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : between).append(text);
  return out;
}

/// In one line: a log line has no room for the line of the file and a caret below it.
std::string one_line(const config::Problem& problem) {
  if (problem.line == 0) return problem.file.empty() ? problem.message : cat(problem.file, ": ", problem.message);
  return cat(problem.file, ":", problem.line, ":", problem.column, ": ", problem.message);
}

std::vector<std::string> lines(const config::Loaded& loaded, config::Problem::Severity severity) {
  std::vector<std::string> out;
  for (const config::Problem& problem : loaded.problems) {
    if (problem.severity == severity) out.push_back(one_line(problem));
  }
  if (out.size() > problems_in_the_log) {
    const std::size_t more = out.size() - problems_in_the_log;
    out.resize(problems_in_the_log);
    out.push_back(cat("and ", more, " more: see hookferry check FILE"));
  }
  return out;
}

}  // namespace

void Bridge::reload(const config::Loaded& loaded) {
  const std::lock_guard changing(changing_);
  if (draining_) return;
  const auto changes = try_to_apply(loaded);
  if (!changes) return report_failed_reload(changes.error().message);
  for (const std::string& warning : lines(loaded, config::Problem::Severity::warning)) log_.warn(warning);
  report_reload(*changes);
}

/// Nothing has changed where it fails.
Result<Changes> Bridge::try_to_apply(const config::Loaded& loaded) {
  if (!loaded.config) return error(join(lines(loaded, config::Problem::Severity::error), "; "));
  auto changes = compare(running_, *loaded.config);
  if (!changes) return changes.error();
  auto plan = make_plan(changes->effective, catalog_, kept_topics_);
  if (!plan) return plan.error();
  if (auto taken = take_over(std::move(*plan), *changes); !taken) return taken.error();
  running_ = changes->effective;
  return changes;
}

Result<void> Bridge::take_over(Plan plan, const Changes& changes) {
  std::shared_ptr<http::Tls> tls;
  if (changes.tls) {
    auto created = http::Tls::create(tls_files(*changes.tls));
    if (!created) return created.error();
    tls = *created;
  }
  std::unique_ptr<kafka::Producer> successor;
  if (changes.certificates) {
    // What does not go together, such as a key that is not the certificate's yet, shows here.
    kafka::ProducerOptions options = kafka_options();
    options.properties = client_properties(changes.effective.kafka);
    auto made = make_producer(std::move(options), plan, *delivery_, log_);
    if (!made) return made.error();
    successor = std::move(*made);
  }
  // All that ids lead to is there before a request can have them.
  metrics_.grow(labels(plan, catalog_));
  Serving serving;
  {
    const std::lock_guard lock(mutex_);
    if (auto set = producing_->set_topics(topic_set(plan)); !set) return set.error();
    keeper_->set_topics(topic_set(plan));
    delivery_->add_topics(plan.topics.size());
    if (spooling_) spooling_->set_topics(plan.topics);
    memory_.set_topics(event_topics(plan));
    if (changes.credentials) {
      kafka_options_.properties = client_properties(changes.effective.kafka);
      producing_->set_credentials(*changes.credentials);
      keeper_->set_credentials(*changes.credentials);
      memory_.set_credentials(*changes.credentials);
    }
    if (changes.oauth) kafka_options_.tokens->use(token_source(*changes.oauth));
    if (successor) {
      kafka_options_.properties = client_properties(changes.effective.kafka);
      kafka_certificate_end_ = certificate_end(changes.effective.kafka);
      plan_ = plan;
      reconnect(std::move(successor));
    }
    if (tls) {
      tls_ = tls;
      webhooks_->use(std::move(tls));
    }
    plan_ = std::move(plan);
    serving = what_is_there();
  }
  log_.set_level(changes.effective.log.level);
  log_.set_all_requests(changes.effective.log.all_requests);
  responder_.show_full_addresses(changes.effective.log.full_addresses);
  serve(std::move(serving));
  return {};
}

/// With mutex_ held. Of the clients that can be told no new certificate others take the place, once they are connected.
void Bridge::reconnect(std::unique_ptr<kafka::Producer> successor) {
  producing_->succeed(std::move(successor));
  auto reconnected = keeper_->reconnect(kafka_options_);
  if (reconnected) reconnected = memory_.reconnect(kafka_options_, event_topics(plan_));
  if (!reconnected) log_.error(cat("no new Kafka client: ", reconnected.error().message));
}

/// With mutex_ held.
Serving Bridge::what_is_there() const {
  return serve_what_is_there(plan_, serving_, [this](TopicId topic) {
    return keeper_->state(topic).kind == kafka::TopicState::Kind::present && producing_->now().knows(topic);
  });
}

/// With changing_ held.
void Bridge::serve(Serving serving) {
  webhooks_->replace(webhook_routes(serving),
                     webhook_handlers(serving, config_.dedupe.publish_conflicts, intake_ports(), responder_));
  const std::lock_guard lock(mutex_);
  serving_ = std::move(serving);
}

/// Sources and events are served from when their topics are there.
void Bridge::serve_who_waited() {
  const std::unique_lock changing(changing_, std::try_to_lock);
  if (!changing.owns_lock()) return;  // by whoever has it, or the next time
  std::vector<std::string> waited;
  Serving serving;
  {
    const std::lock_guard lock(mutex_);
    if (serving_.waiting.empty()) return;
    waited = serving_.waiting;
    serving = what_is_there();
  }
  if (serving.waiting == waited) return;
  std::erase_if(waited, [&](const std::string& what) {
    return std::ranges::find(serving.waiting, what) != serving.waiting.end();
  });
  serve(std::move(serving));
  log_.info(cat("its topics are there, so it is served now: ", join(waited, ", ")));
}

void Bridge::report_reload(const Changes& changes) {
  const bool partial = !changes.restart.empty();
  std::string text = "config reloaded: ";
  text.append(changes.applied.empty() ? "nothing that could be applied has changed" : join(changes.applied, "; "));
  if (partial) text.append("; needs a restart: ").append(join(changes.restart, ", "));
  {
    const std::lock_guard lock(mutex_);
    reloads_
        .results[static_cast<std::size_t>(partial ? metrics::ReloadResult::partial : metrics::ReloadResult::success)] +=
        1;
    reloads_.last_success = clock_.wall();
    reloads_.restart = changes.restart;
    reloads_.failure.clear();
    if (!serving_.waiting.empty())
      text.append("; served once its topics are there: ").append(join(serving_.waiting, ", "));
  }
  log_.write(partial ? LogLevel::warn : LogLevel::info, text);
}

void Bridge::report_failed_reload(std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    reloads_.results[static_cast<std::size_t>(metrics::ReloadResult::failed)] += 1;
    reloads_.failure = reason;
  }
  log_.error(cat("config not reloaded, what ran before runs on: ", reason));
}

}  // namespace hookferry::app
