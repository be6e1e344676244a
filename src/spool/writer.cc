#include "spool/writer.h"

#include <algorithm>
#include <utility>

#include "base/failpoint.h"
#include "base/text.h"
#include "base/thread.h"
#include "spool/read_connection.h"

namespace hookferry::spool {
namespace {

constexpr std::uint64_t most_removals = 4096;
constexpr std::uint64_t fewest_removals = 32;
constexpr std::size_t retried_at_once = 64;
constexpr Duration blocked_wait = std::chrono::milliseconds(50);

}  // namespace

Writer::Writer(const Surroundings& surroundings) : around_(surroundings), shares_(surroundings.options.max_size) {}

Writer::~Writer() {
  if (thread_.joinable()) thread_.join();
}

void Writer::start() {
  thread_ = start_thread("spool", [this] { run(); });
}

void Writer::run() {
  while (true) {
    std::optional<Duration> limit;
    if (!store_) limit = back_off_;
    if (blocked_) limit = blocked_wait;
    const Queue::Work work = around_.queue.wait(limit, !store_ || blocked_);
    if (work == Queue::Work::end) break;
    if (!store_) {
      recover();
    } else if (around_.queue.take_suspicion()) {
      failed(Failure(SQLITE_CORRUPT, "a reader found it damaged"), "reading");
    } else if (blocked_) {
      unblock();
    } else {
      this->work();
    }
    if (!store_) fail_waiting();
  }
  fail_waiting();
  try {
    if (store_) store_->checkpoint(Store::Checkpoint::empty);
  } catch (const Failure&) {
    // All is in the log, which the next start reads.
  }
}

void Writer::work() {
  Group group;
  try {
    group = around_.queue.take(shares_.group, removals_at_once());
  } catch (const Failure& failure) {
    return failed(failure, "asking for its size");
  }
  if (!group.empty()) return commit(std::move(group));
  if (const std::optional<Retry> next = around_.queue.take_retry()) {
    retry(*next);
    around_.queue.retry_done();
  }
}

void Writer::commit(Group group) {
  const RowId first = totals_.last + 1;
  const MonotonicTime start = around_.clock.monotonic();
  const Totals before = totals_;
  try {
    if (!make_room(group.cost())) return block(std::move(group));
    write(group, first);
  } catch (const Failure& failure) {
    totals_ = before;
    if (!group.inserts.empty()) {
      totals_.last = first + static_cast<RowId>(group.inserts.size()) - 1;
      doubt_ = {first, totals_.last, RowState::unsent};
    }
    failed(failure, "committing");
    around_.queue.give_back(std::move(group.removals));
    report(group.inserts, {});
    around_.queue.done(group.inserts.size(), 0);
    return;
  }
  around_.telemetry.spool_committed(around_.clock.monotonic() - start);
  around_.queue.removed(group.removals);
  around_.queue.show(totals_.last);
  report(group.inserts, {RowReport::Kind::committed, first});
  if (!group.inserts.empty()) failpoint("rows-reported");
  try {
    tidy();
  } catch (const Failure& failure) {
    failed(failure, "tidying up");
  }
  around_.queue.done(group.inserts.size(), group.removals.size());
}

/// As many as surely fit beside what is there: an estimate that seldom comes true.
std::size_t Writer::removals_at_once() {
  const Store::Space space = store_->space();
  const std::uint64_t taken = space.file + space.log;
  const std::uint64_t left = bound_ - std::min(taken + transaction_size, bound_);
  return std::clamp(left / 2 / removal_size, fewest_removals, most_removals);
}

/// All of it or nothing.
void Writer::write(const Group& group, RowId first) {
  Transaction transaction = store_->begin();
  for (const Removal& removal : group.removals) remove(removal);
  if (!group.inserts.empty()) {
    const Queue::Topics topics = around_.queue.topics();
    RowId id = first;
    for (const Insert& insert : group.inserts) {
      store_->insert(id++, *insert.record, insert.context, (*topics)[insert.record->topic()]);
    }
    totals_.unsent += group.inserts.size();
    totals_.last = id - 1;
    store_->set_last(totals_.last);
  }
  failpoint(group.inserts.empty() ? "removals-written" : "rows-written");
  transaction.commit();
  failpoint(group.inserts.empty() ? "removals-committed" : "rows-committed");
}

void Writer::remove(const Removal& removal) {
  if (removal.kind == Removal::Kind::park) {
    if (!store_->change(removal.row, removal.row, RowState::parked, removal.reason)) return;
    --totals_.unsent;
    ++totals_.parked;
    return;
  }
  const bool damaged = removal.kind == Removal::Kind::damaged;
  const std::optional<RowState> was = damaged ? store_->set_aside(removal.row) : store_->erase(removal.row);
  if (!was) return;
  --(*was == RowState::unsent ? totals_.unsent : totals_.parked);
}

void Writer::report(const std::vector<Insert>& inserts, const RowReport& first) noexcept {
  RowReport report = first;
  for (const Insert& insert : inserts) {
    reports_.load()->inserted(insert.cookie, report);
    if (report.kind == RowReport::Kind::committed) ++report.row;
  }
}

void Writer::retry(const Retry& retry) {
  RowId after = 0;
  const RowId last = totals_.last;
  while (store_) {
    try {
      const std::vector<Store::Parked> rows = store_->parked(retry.topic, after, last, retried_at_once);
      if (rows.empty()) break;
      const std::size_t done = retry_some(retry, rows);
      if (done == 0) break;
      after = rows[done - 1].row;
    } catch (const Failure& failure) {
      failed(failure, "reading parked rows");
    }
  }
}

/// How many of the rows were looked at: all that fit into a group, which is none when there is no room.
std::size_t Writer::retry_some(const Retry& retry, const std::vector<Store::Parked>& rows) {
  std::size_t count = 0;
  Cost cost;
  while (count < rows.size() && (count == 0 || cost.growth < shares_.group)) {
    cost.add_row(stored_size(rows[count++].size));
    cost.add_removal();
  }
  std::vector<std::pair<std::string, std::pair<std::uint64_t, RowId>>> by_topic;
  const RowId first = totals_.last + 1;
  RowId next = first;
  try {
    if (!make_room(cost)) return 0;
    Transaction transaction = store_->begin();
    for (std::size_t i = 0; i < count; ++i) {
      if (!store_->change(rows[i].row, next, RowState::unsent, {})) continue;
      const auto same = std::find_if(by_topic.begin(), by_topic.end(),
                                     [&](const auto& topic) { return topic.first == rows[i].topic; });
      if (same == by_topic.end()) {
        by_topic.push_back({rows[i].topic, {1, next}});
      } else {
        ++same->second.first;
        same->second.second = next;
      }
      ++next;
    }
    store_->set_last(next - 1);
    transaction.commit();
  } catch (const Failure& failure) {
    doubt_ = {first, next, RowState::parked};
    totals_.last = next;
    failed(failure, "retrying parked rows");
    return 0;
  }
  const auto moved = static_cast<std::uint64_t>(next - first);
  totals_.last = next - 1;
  totals_.unsent += moved;
  totals_.parked -= moved;
  around_.queue.show(totals_.last);
  for (const auto& [topic, rows_of] : by_topic) retry.retried(topic, rows_of.first, rows_of.second);
  tidy();
  return count;
}

/// Whether so much may be written without ever having more on the disk than spool.max_size.
bool Writer::make_room(const Cost& cost) {
  const auto fits = [&] {
    const Store::Space space = store_->space();
    const std::uint64_t growth = cost.growth > space.free ? cost.growth - space.free : 0;
    const std::uint64_t log = cost.log + cost.log / 100;  // each page has a header there
    return space.file + growth + space.log + log <= bound_;
  };
  if (fits()) return true;
  store_->checkpoint(Store::Checkpoint::wait);
  return fits();
}

/// Nothing can be written now, since a reader keeps the log from being emptied, or the rows fill the file.
void Writer::block(Group group) {
  blocked_ = true;
  around_.queue.set_blocked(cat("full: the write-ahead log has ", human_size(around_.folder.log_size()),
                                " and cannot be emptied; does another program read ", around_.folder.file(), "?"));
  around_.queue.give_back(std::move(group.removals));
  report(group.inserts, {});
  around_.queue.done(group.inserts.size(), 0);
  fail_waiting();
}

void Writer::unblock() {
  try {
    Cost cost;
    for (std::uint64_t i = 0; i < fewest_removals; ++i) cost.add_removal();
    if (!make_room(cost)) return;
    blocked_ = false;
    around_.queue.set_works();
    publish_numbers();
  } catch (const Failure& failure) {
    failed(failure, "emptying the write-ahead log");
  }
}

/// What is due after a commit, when those who waited for it have been told.
void Writer::tidy() {
  if (around_.folder.log_size() >= shares_.log) {
    store_->checkpoint(Store::Checkpoint::empty);
  } else if (around_.folder.log_size() >= shares_.checkpoint) {
    store_->checkpoint(Store::Checkpoint::copy);
  }
  publish_numbers();
}

void Writer::publish_numbers() {
  const Store::Space space = store_->space();
  Queue::Numbers numbers;
  numbers.unsent = totals_.unsent;
  numbers.parked = totals_.parked;
  numbers.used = space.file - std::min(space.free, space.file);
  numbers.log = space.log;
  if (totals_.unsent > 0) {
    if (const auto oldest = store_->oldest(oldest_)) {
      oldest_ = oldest->row;
      numbers.oldest = oldest->accepted;
    }
  }
  around_.queue.set_numbers(numbers);
}

}  // namespace hookferry::spool
