#include "app/memory.h"

#include <algorithm>
#include <utility>

namespace hookferry::app {

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

void Memory::set_topics(kafka::TopicSet topics) {
  if (tail_) tail_->set_topics(std::move(topics));
}

void Memory::set_credentials(const kafka::Credentials& credentials) noexcept {
  if (tail_) tail_->set_credentials(credentials);
}

void Memory::topics_came() noexcept {
  if (tail_) tail_->look_again();
}

void Memory::kafka_came() noexcept {
  if (tail_) tail_->kafka_is_up();
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
