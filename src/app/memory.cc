#include "app/memory.h"

#include <algorithm>
#include <utility>

namespace hookferry::app {
namespace {

/// What another tail reads again of what the one before has read.
constexpr Duration overlap = std::chrono::minutes(1);

}  // namespace

Memory::Memory(dedupe::Cache& cache, const config::Config& config, Log& log, const Clock& clock)
    : cache_(cache),
      wanted_(config.dedupe.warmup > Duration::zero() && !config.kafka.embedded),
      options_{std::min(config.dedupe.warmup, config.dedupe.ttl), config.dedupe.warmup_timeout},
      log_(log),
      clock_(clock) {
  // The embedded broker begins with the process: nothing was published before.
  if (!config.kafka.embedded) cache_.known_for(Duration::zero());
}

Result<void> Memory::start(const kafka::ProducerOptions& kafka, kafka::TopicSet topics) {
  if (!wanted_) return {};
  auto tail = kafka::Tail::start(kafka, options_, std::move(topics), *this, log_, clock_);
  if (!tail) return tail.error();
  tail_ = std::move(*tail);
  return {};
}

Result<void> Memory::reconnect(const kafka::ProducerOptions& kafka, kafka::TopicSet topics) {
  if (!has_tail()) return {};
  auto tail = kafka::Tail::start(kafka, {overlap, options_.warmup_timeout}, std::move(topics), again_, log_, clock_);
  if (!tail) return tail.error();
  const std::lock_guard lock(mutex_);
  next_ = std::move(*tail);
  return {};
}

std::shared_ptr<kafka::Tail> Memory::take_replaced() {
  const std::lock_guard lock(mutex_);
  if (!next_ || !next_->state().up) return nullptr;
  std::swap(tail_, next_);
  return std::exchange(next_, nullptr);
}

void Memory::set_topics(kafka::TopicSet topics) {
  each([&](kafka::Tail& tail) { tail.set_topics(topics); });
}

void Memory::set_credentials(const kafka::Credentials& credentials) noexcept {
  each([&](kafka::Tail& tail) { tail.set_credentials(credentials); });
}

void Memory::topics_came() noexcept {
  each([](kafka::Tail& tail) { tail.look_again(); });
}

void Memory::kafka_came() noexcept {
  each([](kafka::Tail& tail) { tail.kafka_is_up(); });
}

void Memory::seen(const SeenRecord& record) noexcept {
  cache_.remember(record.key, record.time, dedupe::Origin::kafka);
}

void Memory::read_back(Duration back) noexcept {
  cache_.known_for(back);
}

bool Memory::full() const noexcept {
  return cache_.full();
}

}  // namespace hookferry::app
