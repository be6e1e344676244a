#include "app/spooling.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/thread.h"

namespace hookferry::app {
namespace {

/// How long a row that has just been committed waits for the drain to look.
constexpr Duration glance = std::chrono::milliseconds(10);
/// Kafka may have come to take what it would not.
constexpr Duration parked_retry = std::chrono::hours(1);

std::optional<TopicId> find(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<TopicId>(found - names.begin());
}

}  // namespace

Result<std::unique_ptr<Spooling>> Spooling::open(const config::Spool& options, Log& log, Telemetry& telemetry,
                                                 const Clock& clock) {
  spool::Options wanted;
  wanted.path = options.path;
  wanted.max_size = options.max_size;
  auto spool = spool::SqliteSpool::open(wanted, log, telemetry, clock);
  if (!spool) return error(cat("spool.path: ", spool.error().message));
  return std::unique_ptr<Spooling>(new Spooling(std::move(*spool), log, clock));
}

Spooling::Spooling(std::unique_ptr<spool::SqliteSpool> spool, Log& log, const Clock& clock)
    : log_(log), clock_(clock), spool_(std::move(spool)) {}

Spooling::~Spooling() {
  stop_draining();
}

std::vector<std::string> Spooling::topics() const {
  std::vector<std::string> out;
  for (const spool::RestoredTopic& topic : spool_->restored()) out.push_back(topic.name);
  return out;
}

void Spooling::set_topics(const std::vector<std::string>& names) {
  {
    const std::lock_guard lock(mutex_);
    names_ = names;
  }
  spool_->set_topics(names);
}

Result<void> Spooling::restore(delivery::Delivery& delivery, dedupe::Cache& cache) {
  delivery_ = &delivery;
  spool_->attach(delivery);
  std::uint64_t rows = 0;
  for (const spool::RestoredTopic& topic : spool_->restored()) {
    if (const auto id = find(names_, topic.name)) delivery.restore(*id, topic.rows, topic.newest);
    rows += topic.rows;
  }
  const bool all = spool_->for_each_event(
      [&](const spool::FoundEvent& event) { cache.remember(event.key, event.accepted, dedupe::Origin::spool); });
  if (!all) {
    return error(cat("spool.path: what the spool holds cannot be read: ", spool_->health().text));
  }
  if (rows > 0) log_.info(cat("the spool holds ", rows, " events from before: they go to Kafka when it takes them"));
  return {};
}

void Spooling::begin(std::function<bool()> may_drain) {
  may_drain_ = std::move(may_drain);
  drainer_ = start_thread("spool-drain", [this] { run(); });
}

void Spooling::run() {
  MonotonicTime retry_at = clock_.monotonic() + parked_retry;
  bool more = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!more) changed_.wait_for(lock, glance, [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    more = may_drain_() && delivery_->drain();
    if (clock_.monotonic() >= retry_at) {
      if (spool_->stats().parked > 0) retry_parked({});
      retry_at = clock_.monotonic() + parked_retry;
    }
    lock.lock();
  }
}

void Spooling::retry_parked(std::string_view topic) {
  spool_->retry_parked(std::string(topic), [this](const std::string& name, std::uint64_t rows, RowId newest) {
    returned(name, rows, newest);
  });
}

bool Spooling::unpark(Duration limit) {
  spool_->retry_parked({}, [](const std::string&, std::uint64_t, RowId) {});
  return spool_->flush(limit);
}

/// On the spool's thread.
void Spooling::returned(const std::string& topic, std::uint64_t rows, RowId newest) {
  std::optional<TopicId> id;
  {
    const std::lock_guard lock(mutex_);
    id = find(names_, topic);
  }
  if (id) {
    delivery_->returned(*id, rows, newest);
  } else {
    log_.warn(cat(rows, " parked events are of topic ", topic,
                  ", which this configuration does not have: they go to Kafka after a restart"));
  }
}

void Spooling::stop_draining() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (drainer_.joinable()) drainer_.join();
}

bool Spooling::stop(Duration limit) {
  stop_draining();
  return spool_->flush(limit);
}

}  // namespace hookferry::app
