#include "spool/queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace hookferry::spool {

Cost Group::cost() const noexcept {
  Cost cost;
  for (const Insert& insert : inserts) cost.add_row(stored_size(*insert.record));
  for (const Removal& removal : removals) {
    cost.add_removal();
    if (removal.kind != Removal::Kind::erase) cost.add_row(stored_size(removal.reason.size() + removal.size));
  }
  return cost;
}

Queue::Queue(std::uint64_t max_size) : shares_(max_size), topics_(std::make_shared<std::vector<std::string>>()) {
  stats_.capacity = max_size;
}

bool Queue::insert(const Insert& insert) {
  const std::uint64_t size = stored_size(*insert.record);
  const std::lock_guard lock(mutex_);
  HOOKFERRY_CHECK(insert.record->topic() < topics_->size());
  if (stopping_ || blocked_ || health_.kind == Health::Kind::failed) return false;
  if (size > room()) {
    health_ = {Health::Kind::full, cat("full: ", human_size(used_), " in use; raise spool.max_size (",
                                       human_size(stats_.capacity), "), or see why Kafka takes no events")};
    return false;
  }
  queued_bytes_ += size;
  ++inserts_asked_;
  inserts_.push_back(insert);
  work_.notify_one();
  return true;
}

bool Queue::remove(Removal removal) {
  const std::lock_guard lock(mutex_);
  const bool again = !leaving_.insert(removal.row).second;
  if (again && removal.kind == Removal::Kind::damaged) return false;
  ++removals_asked_;
  removals_.push_back(std::move(removal));
  work_.notify_one();
  return true;
}

void Queue::retry(Retry retry) {
  const std::lock_guard lock(mutex_);
  ++retries_asked_;
  retries_.push_back(std::move(retry));
  work_.notify_one();
}

void Queue::set_topics(std::vector<std::string> names) {
  auto topics = std::make_shared<const std::vector<std::string>>(std::move(names));
  const std::lock_guard lock(mutex_);
  topics_ = std::move(topics);
}

Queue::Topics Queue::topics() const {
  const std::lock_guard lock(mutex_);
  return topics_;
}

bool Queue::flush(Duration limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t inserts = inserts_asked_;
  const std::uint64_t removals = removals_asked_;
  const std::uint64_t retries = retries_asked_;
  return progress_.wait_for(
      lock, limit, [&] { return inserts_done_ >= inserts && removals_done_ >= removals && retries_done_ >= retries; });
}

Health Queue::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

Stats Queue::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void Queue::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  work_.notify_one();
}

Queue::View Queue::view(TopicId topic, RowId after) const {
  const std::lock_guard lock(mutex_);
  View view;
  view.open = health_.kind != Health::Kind::failed;
  view.until = until_;
  view.without.insert(leaving_.upper_bound(after), leaving_.end());
  if (topic < topics_->size()) view.topic = (*topics_)[topic];
  return view;
}

void Queue::count_error() {
  const std::lock_guard lock(mutex_);
  ++stats_.errors;
}

void Queue::count_lost(std::uint64_t rows) {
  const std::lock_guard lock(mutex_);
  stats_.lost += rows;
}

void Queue::suspect() {
  const std::lock_guard lock(mutex_);
  suspicion_ = true;
  work_.notify_one();
}

bool Queue::idle() const noexcept {
  return inserts_.empty() && removals_.empty() && retries_.empty() && !suspicion_;
}

Queue::Work Queue::wait(std::optional<Duration> limit, bool regardless) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return stopping_ || (!regardless && !idle()); };
  if (!limit) {
    work_.wait(lock, ready);
  } else if (!work_.wait_for(lock, *limit, ready)) {
    return Work::none;
  }
  return idle() || regardless ? Work::end : Work::some;
}

Group Queue::take(std::uint64_t max_bytes, std::size_t max_removals) {
  const std::lock_guard lock(mutex_);
  Group group;
  std::uint64_t bytes = 0;
  while (!inserts_.empty()) {
    bytes += stored_size(*inserts_.front().record);
    if (bytes > max_bytes && !group.inserts.empty()) break;
    group.inserts.push_back(inserts_.front());
    inserts_.pop_front();
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(max_removals, removals_.size()));
  std::move(removals_.begin(), removals_.begin() + count, std::back_inserter(group.removals));
  removals_.erase(removals_.begin(), removals_.begin() + count);
  return group;
}

std::optional<Retry> Queue::take_retry() {
  const std::lock_guard lock(mutex_);
  if (retries_.empty()) return std::nullopt;
  Retry retry = std::move(retries_.front());
  retries_.pop_front();
  return retry;
}

bool Queue::take_suspicion() {
  const std::lock_guard lock(mutex_);
  return std::exchange(suspicion_, false);
}

std::vector<Insert> Queue::take_inserts() {
  const std::lock_guard lock(mutex_);
  std::vector<Insert> taken(inserts_.begin(), inserts_.end());
  inserts_.clear();
  return taken;
}

void Queue::give_back(std::vector<Removal> removals) {
  const std::lock_guard lock(mutex_);
  removals_.insert(removals_.begin(), std::move_iterator(removals.begin()), std::move_iterator(removals.end()));
}

void Queue::removed(const std::vector<Removal>& removals) {
  const std::lock_guard lock(mutex_);
  for (const Removal& removal : removals) leaving_.erase(removal.row);
}

void Queue::forget_removals() {
  const std::lock_guard lock(mutex_);
  removals_done_ += removals_.size();
  removals_.clear();
  leaving_.clear();
  progress_.notify_all();
}

void Queue::done(std::size_t inserts, std::size_t removals) {
  const std::lock_guard lock(mutex_);
  inserts_done_ += inserts;
  removals_done_ += removals;
  progress_.notify_all();
}

void Queue::retry_done() {
  const std::lock_guard lock(mutex_);
  ++retries_done_;
  progress_.notify_all();
}

void Queue::show(RowId until) {
  const std::lock_guard lock(mutex_);
  until_ = until;
}

void Queue::set_failed(std::string text) {
  const std::lock_guard lock(mutex_);
  health_ = {Health::Kind::failed, std::move(text)};
}

void Queue::set_blocked(std::string text) {
  const std::lock_guard lock(mutex_);
  blocked_ = true;
  health_ = {Health::Kind::full, std::move(text)};
}

/// What inserts may still take of the file.
std::uint64_t Queue::room() const noexcept {
  const std::uint64_t taken = used_ + queued_bytes_;
  return taken < shares_.rows ? shares_.rows - taken : 0;
}

void Queue::set_numbers(const Numbers& numbers) {
  const std::lock_guard lock(mutex_);
  stats_.events = numbers.unsent;
  stats_.parked = numbers.parked;
  stats_.bytes = numbers.used + numbers.log;
  stats_.accepted = numbers.oldest;
  used_ = numbers.used;
  queued_bytes_ = 0;
  for (const Insert& insert : inserts_) queued_bytes_ += stored_size(*insert.record);
  if (health_.kind == Health::Kind::full && !blocked_ && room() > shares_.group) health_ = {};
}

void Queue::set_works() {
  const std::lock_guard lock(mutex_);
  blocked_ = false;
  if (health_.kind == Health::Kind::failed || room() > shares_.group) health_ = {};
}

}  // namespace hookferry::spool
