#include "app/bridge.h"

#include <algorithm>
#include <utility>

#include "app/admin.h"
#include "app/cores.h"
#include "app/open_files.h"
#include "app/options.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/units.h"

namespace hookferry::app {
namespace {

constexpr Duration tick = std::chrono::milliseconds(10);
constexpr Duration watch = std::chrono::milliseconds(100);
/// How long not being ready is nothing to write home about.
constexpr Duration start_grace = std::chrono::seconds(1);
/// How long those who have connected before the port closed have for a request.
constexpr Duration last_words = std::chrono::seconds(1);
/// How long the spool has for what Kafka did not take in time.
constexpr Duration last_commits = std::chrono::seconds(2);
constexpr std::size_t problems_in_a_line = 5;

}  // namespace

Result<std::unique_ptr<Bridge>> Bridge::start(config::Config config, Log& log, const Clock& clock) {
  std::unique_ptr<kafka::EmbeddedBroker> broker;
  if (config.kafka.embedded) {
    auto started = kafka::EmbeddedBroker::start({});
    if (!started) return started.error();
    broker = std::move(*started);
  }
  std::unique_ptr<Bridge> bridge(new Bridge(std::move(config), std::move(broker), log, clock));
  if (auto opened = bridge->open_spool(); !opened) return opened.error();
  if (auto planned = bridge->make_first_plan(); !planned) return planned.error();
  if (auto bound = bridge->bind_webhooks(); !bound) return bound.error();
  if (auto opened = bridge->open_admin(); !opened) return opened.error();
  if (auto connected = bridge->connect(); !connected) return connected.error();
  bridge->begin_draining();
  bridge->supervisor_ = start_thread("supervisor", [raw = bridge.get()] { raw->supervise(); });
  return bridge;
}

Bridge::Bridge(config::Config config, std::unique_ptr<kafka::EmbeddedBroker> broker, Log& log, const Clock& clock)
    : config_(std::move(config)),
      log_(log),
      clock_(clock),
      started_(clock.monotonic()),
      broker_(std::move(broker)),
      metrics_({}, [this] { return gauges(); }),
      cache_({config_.dedupe.ttl, config_.dedupe.max_entries}, clock),
      memory_(cache_, config_, log, clock),
      responder_(catalog_, config_.log.full_addresses, metrics_, log, clock),
      running_(config_),
      kafka_options_(producer_options(config_)) {
  if (broker_) kafka_options_.bootstrap_servers = broker_->bootstrap_servers();
  kafka_certificate_end_ = certificate_end(config_.kafka);
}

Bridge::~Bridge() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (supervisor_.joinable()) supervisor_.join();
  if (spooling_) (void)spooling_->stop(Duration::zero());
  if (webhooks_) webhooks_->stop();
  if (admin_) admin_->stop();
}

Result<void> Bridge::open_spool() {
  if (!config_.spool.used()) return {};
  auto spooling = Spooling::open(config_.spool, log_, metrics_, clock_);
  if (!spooling) return spooling.error();
  spooling_ = std::move(*spooling);
  kept_topics_ = spooling_->topics();
  return {};
}

Result<void> Bridge::make_first_plan() {
  auto plan = make_plan(config_, catalog_, kept_topics_);
  if (!plan) return plan.error();
  plan_ = std::move(*plan);
  serving_ = serve_all(plan_);
  metrics_.grow(labels(plan_, catalog_));
  delivery_ = std::make_unique<delivery::Delivery>(delivery_options(config_), plan_.topics.size(), cache_, responder_,
                                                   metrics_, clock_, spooling_ ? &spooling_->port() : nullptr);
  if (!spooling_) return {};
  spooling_->set_topics(plan_.topics);
  return spooling_->restore(*delivery_, cache_);
}

Result<void> Bridge::connect() {
  auto producer = kafka::Producer::create(kafka_options_, plan_.topics, *delivery_, log_);
  if (!producer) return producer.error();
  auto keeper = kafka::TopicKeeper::start(kafka_options_, topic_options(config_), plan_.topics, log_);
  if (!keeper) return keeper.error();
  if (auto started = memory_.start(kafka_options_, event_topics(plan_)); !started) return started.error();
  const std::lock_guard lock(mutex_);
  producing_.emplace(std::move(*producer), config_.http.ack_deadline, *delivery_, ended_, log_, clock_);
  keeper_ = std::move(*keeper);
  return {};
}

Result<void> Bridge::open_admin() {
  http::FrontOptions options;
  options.listen = config_.admin.listen;
  options.limits.max_connections = 256;
  AdminPorts ports{[this] { return metrics_text(); }, [this] { return readiness(); }, [this] { return status(); },
                   [this](std::string_view topic) { return retry_parked(topic); }};
  auto front =
      http::Front::bind(options, admin_routes(), admin_handlers(std::move(ports)), clock_, no_telemetry_, log_);
  if (!front) return error(cat("admin.listen: ", front.error().message));
  admin_ = std::move(*front);
  if (auto serving = admin_->serve(); !serving) return error(cat("admin.listen: ", serving.error().message));
  return {};
}

Result<http::FrontOptions> Bridge::webhook_options() {
  http::FrontOptions options;
  options.listen = config_.http.listen;
  options.loops =
      static_cast<std::size_t>(config_.http.threads > 0 ? config_.http.threads : std::min(8, available_cores()));
  options.limits.max_body = config_.http.max_body;
  options.limits.max_head = config_.http.max_head;
  options.limits.max_connections = max_connections();
  options.limits.max_connections_per_address = config_.http.max_connections_per_address;
  options.limits.max_buffered = config_.http.max_buffered;
  options.limits.request_timeout = config_.http.request_timeout;
  options.limits.idle_timeout = config_.http.idle_timeout;
  options.limits.trusted_proxies = config_.http.trusted_proxies;
  if (config_.http.tls.used()) {
    auto tls = http::Tls::create(tls_files(config_.http.tls));
    if (!tls) return tls.error();
    options.tls = tls_ = *tls;
  }
  return options;
}

/// As many as are configured, where there are the files for them: so that idle ones make room, and others are told 503,
/// before accepting fails.
std::size_t Bridge::max_connections() const {
  const std::size_t files = open_files();
  const std::size_t room = connections_within(files);
  if (config_.http.max_connections <= room) return config_.http.max_connections;
  log_.warn(cat("http.max_connections is ", config_.http.max_connections, ", but the limit of ", files,
                " open files has room for ", room,
                ": that is the bound now. Raise the hard limit (ulimit -Hn; systemd: "
                "LimitNOFILE=) or lower http.max_connections"));
  return room;
}

pipeline::Intake::Ports Bridge::intake_ports() noexcept {
  return {cache_, *delivery_, *this, metrics_, clock_};
}

/// Takes the port, so that one that is taken is known at once.
Result<void> Bridge::bind_webhooks() {
  auto options = webhook_options();
  if (!options) return options.error();
  auto front = http::Front::bind(
      *options, webhook_routes(serving_),
      webhook_handlers(serving_, config_.dedupe.publish_conflicts, intake_ports(), responder_), clock_, metrics_, log_);
  if (!front) return error(cat("http.listen: ", front.error().message));
  webhooks_ = std::move(*front);
  responder_.attach(*webhooks_);
  return {};
}

void Bridge::open_webhooks() {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    if (const auto serving = webhooks_->serve()) {
      open_ = true;
    } else {
      failure_ = error(cat("http.listen: ", serving.error().message));
    }
  }
  changed_.notify_all();
}

/// A row whose event is in Kafka already is not sent again: what is there has to be known first.
void Bridge::begin_draining() {
  if (spooling_) spooling_->begin([this] { return warmed(); });
}

void Bridge::supervise() {
  MonotonicTime next_watch = clock_.monotonic();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, tick, [this] { return ending_.load(); })) {
    lock.unlock();
    delivery_->tick();
    if (clock_.monotonic() >= next_watch) {
      watch_topics();
      serve_who_waited();
      replace_clients();
      watch_readiness();
      next_watch = clock_.monotonic() + watch;
    }
    lock.lock();
  }
}

void Bridge::watch_topics() {
  std::vector<bool> used;
  {
    const std::lock_guard lock(mutex_);
    used = plan_.used;
  }
  topic_kinds_.resize(used.size(), kafka::TopicState::Kind::unasked);
  bool news = false;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto topic = static_cast<TopicId>(i);
    const kafka::TopicState::Kind kind = used[i] ? keeper_->state(topic).kind : kafka::TopicState::Kind::unasked;
    if (kind == kafka::TopicState::Kind::present && topic_kinds_[i] != kind) {
      delivery_->topic_is_back(topic);
      news = true;
    }
    topic_kinds_[i] = kind;
  }
  if (!news) return;
  memory_.topics_came();
  const std::lock_guard lock(mutex_);
  producing_->now().refresh_topics();
}

/// Opens the webhook port when all else is ready for the first time, and logs every change.
void Bridge::watch_readiness() {
  Condition now = condition();
  if (now.kafka_up && !kafka_was_up_) {
    keeper_->ask_again();  // it backs off while Kafka is away
    memory_.kafka_came();
  }
  kafka_was_up_ = now.kafka_up;
  if (!now.open && !failure() && may_open(now)) {
    open_webhooks();
    now.open = port() != 0;
  }
  log_readiness(judge(now));
}

void Bridge::log_readiness(const Readiness& now) {
  const bool ordinary_start = last_readiness_.empty() && !now.ready() && clock_.monotonic() < started_ + start_grace;
  if (ordinary_start) return;
  std::string text = now.ready() ? "ready" : "not ready:";
  for (const std::string_view reason : now.reasons) text.append(" ").append(reason);
  if (!now.degraded.empty()) text.append(", degraded:");
  for (const std::string_view reason : now.degraded) text.append(" ").append(reason);
  if (text == last_readiness_) return;
  last_readiness_ = text;
  for (std::size_t i = 0; i < now.problems.size() && i < problems_in_a_line; ++i)
    text.append("; ").append(now.problems[i]);
  if (now.problems.size() > problems_in_a_line)
    text.append(cat("; and ", now.problems.size() - problems_in_a_line, " more in /readyz"));
  const bool well = now.ready() && now.degraded.empty();
  log_.write(well ? LogLevel::info : LogLevel::warn, text);
}

void Bridge::replace_clients() {
  const std::lock_guard lock(mutex_);
  producing_->tick(kafka_options_, plan_);
  ended_.add(memory_.take_replaced());
}

void Bridge::fail_producer() {
  const std::lock_guard lock(mutex_);
  producing_->now().make_fatal();
}

Plan Bridge::plan() const {
  const std::lock_guard lock(mutex_);
  return plan_;
}

kafka::ProducerOptions Bridge::kafka_options() const {
  const std::lock_guard lock(mutex_);
  return kafka_options_;
}

std::uint16_t Bridge::port() const {
  const std::lock_guard lock(mutex_);
  return open_ ? webhooks_->port() : 0;
}

std::uint16_t Bridge::admin_port() const {
  return admin_->port();
}

bool Bridge::wait_until_open(Duration limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return open_ || failure_.has_value(); });
  return open_;
}

std::optional<spool::Stats> Bridge::spooled() const {
  if (!spooling_) return std::nullopt;
  return spooling_->stats();
}

std::optional<std::uint64_t> Bridge::retry_parked(std::string_view topic) {
  if (!spooling_) return std::nullopt;
  const std::uint64_t parked = spooling_->stats().parked;
  spooling_->retry_parked(topic);
  return parked;
}

std::optional<Error> Bridge::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::size_t Bridge::max_message_bytes(TopicId topic) const noexcept {
  return keeper_->max_message_bytes(topic);
}

/// Whether waiting longer would bring nothing: with a spool only what Kafka takes at present is worth it.
bool Bridge::at_rest() const {
  if (webhooks_->unanswered() > 0) return false;
  const auto flights = delivery_->stats();
  if (!spooling_) return flights.usage.events == 0;
  return flights.undecided == 0 && (!producing_->now().connected() || delivery_->moving() == 0);
}

Left Bridge::stop(Duration drain, const std::function<bool()>& hurry) {
  draining_ = true;
  const auto wait_until = [&](MonotonicTime limit, const auto& done) {
    std::unique_lock lock(mutex_);
    while (clock_.monotonic() < limit && !hurry() && !done()) changed_.wait_for(lock, tick);
  };
  if (port() != 0) {  // else there is nobody to drain
    webhooks_->drain();
    wait_until(clock_.monotonic() + drain, [] { return false; });
    webhooks_->stop_accepting();
    // Who has connected may have sent a request that no loop has read yet.
    wait_until(clock_.monotonic() + std::min(last_words, config_.shutdown.flush),
               [&] { return !webhooks_->accepting() && webhooks_->connections() == 0; });
  }
  const MonotonicTime limit = clock_.monotonic() + config_.shutdown.flush;
  const auto secured = [&] { return webhooks_->unanswered() == 0 && delivery_->stats().undecided == 0; };
  wait_until(limit, [&] { return at_rest(); });
  delivery_->secure();
  if (spooling_) wait_until(clock_.monotonic() + last_commits, secured);
  webhooks_->stop();
  wait_until(limit, [&] { return at_rest(); });  // what came between
  if (!spooling_) return {delivery_->stats().usage.events, 0, true};
  delivery_->secure();
  wait_until(clock_.monotonic() + last_commits, secured);
  const bool synchronised = spooling_->stop(last_commits);
  return {delivery_->stats().undecided, spooling_->stats().events, synchronised};
}

}  // namespace hookferry::app
