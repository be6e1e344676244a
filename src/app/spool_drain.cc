#include "app/spool_drain.h"

#include <utility>

#include "app/options.h"
#include "base/text.h"

namespace hookferry::app {
namespace {

constexpr Duration unpark_limit = std::chrono::seconds(30);

}  // namespace

Result<std::unique_ptr<SpoolDrain>> SpoolDrain::start(const config::Config& config, bool parked, Log& log,
                                                      const Clock& clock) {
  std::unique_ptr<SpoolDrain> drain(new SpoolDrain(config, log, clock));
  if (parked) {
    if (auto unparked = drain->unpark(); !unparked) return unparked.error();
  }
  if (auto opened = drain->open(); !opened) return opened.error();
  if (auto connected = drain->connect(); !connected) return connected.error();
  drain->spooling_->begin([] { return true; });
  return drain;
}

SpoolDrain::SpoolDrain(const config::Config& config, Log& log, const Clock& clock)
    : config_(config), log_(log), clock_(clock), cache_({config.dedupe.ttl, config.dedupe.max_entries}, clock) {}

SpoolDrain::~SpoolDrain() {
  if (spooling_) (void)spooling_->stop(Duration::zero());
}

/// Before it is opened for good, so that their topics are among those that it holds rows of.
Result<void> SpoolDrain::unpark() {
  auto spooling = Spooling::open(config_.spool, log_, no_telemetry_, clock_);
  if (!spooling) return spooling.error();
  if ((*spooling)->unpark(unpark_limit)) return {};
  return error(cat("spool.path: what is parked cannot be tried again: ", (*spooling)->health().text));
}

Result<void> SpoolDrain::open() {
  auto spooling = Spooling::open(config_.spool, log_, no_telemetry_, clock_);
  if (!spooling) return spooling.error();
  spooling_ = std::move(*spooling);
  topics_ = spooling_->topics();
  delivery_ = std::make_unique<delivery::Delivery>(delivery_options(config_), topics_.size(), cache_, nobody_,
                                                   no_telemetry_, clock_, &spooling_->port());
  spooling_->set_topics(topics_);
  return spooling_->restore(*delivery_, cache_);
}

Result<void> SpoolDrain::connect() {
  const kafka::ProducerOptions options = producer_options(config_);
  auto producer = kafka::Producer::create(options, topics_, *delivery_, log_);
  if (!producer) return producer.error();
  auto keeper = kafka::TopicKeeper::start(options, topic_options(config_), topics_, log_);
  if (!keeper) return keeper.error();
  producer_ = std::move(*producer);
  keeper_ = std::move(*keeper);
  delivery_->attach(*producer_);
  return {};
}

std::string SpoolDrain::problem() const {
  const kafka::ProducerState state = producer_->state();
  if (state.fatal || !producer_->connected()) return state.last_error;
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    if (std::string problem = keeper_->state(static_cast<TopicId>(i)).problem; !problem.empty()) return problem;
  }
  return spooling_->health().text;
}

bool SpoolDrain::stop(Duration limit) {
  delivery_->secure();
  return spooling_->stop(limit);
}

}  // namespace hookferry::app
