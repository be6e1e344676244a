// What the writer does when the disk does not do what is asked, and how it comes back. Also the first opening.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "spool/spool_reader.h"
#include "spool/writer.h"

namespace hookferry::spool {
namespace {

constexpr Duration first_back_off = std::chrono::milliseconds(100);
constexpr Duration no_limit = std::chrono::hours(24);
constexpr Duration last_back_off = std::chrono::seconds(10);

}  // namespace

Result<void> Writer::open() {
  try {
    open_store();
  } catch (const Failure& failure) {
    return error(cat("spool.path: ", around_.folder.file(), ": ", failure.what(),
                     "; the folder needs room and must be writable, and no other program may hold the file's lock"));
  }
  return {};
}

/// From here on nothing is taken, and nothing is written until `recover` has succeeded.
void Writer::failed(const Failure& failure, std::string_view what) {
  around_.queue.count_error();
  around_.telemetry.spool_failed();
  around_.queue.set_failed(cat("failed: ", what, ": ", failure.what()));
  around_.log.error(cat("spool: ", what, " failed: ", failure.what(), "; events are not spooled until ",
                        around_.folder.file(), " works again, which is tried"));
  store_.reset();
  blocked_ = false;
  suspected_ = suspected_ || failure.damage();
  back_off_ = first_back_off;
}

void Writer::fail_waiting() {
  const std::vector<Insert> inserts = around_.queue.take_inserts();
  report(inserts, {});
  around_.queue.done(inserts.size(), 0);
}

void Writer::recover() {
  try {
    open_store();
  } catch (const Failure& failure) {
    store_.reset();
    around_.queue.count_error();
    around_.telemetry.spool_failed();
    around_.queue.set_failed(cat("failed: opening it again: ", failure.what()));
    back_off_ = std::min(back_off_ * 2, last_back_off);
    return;
  }
  around_.queue.set_works();
  around_.log.info(cat("spool: ", around_.folder.file(), " works again"));
}

/// Leaves a store that is known to work, or throws.
void Writer::open_store() {
  const std::unique_lock<std::mutex> no_reader = around_.close_reader();
  try {
    inspect();
  } catch (const Failure& failure) {
    store_.reset();
    if (!failure.damage()) throw;
    set_aside(failure);
    inspect();
  }
}

void Writer::inspect() {
  store_.emplace(around_.folder, around_.options.vfs);
  const Duration limit = suspected_ ? no_limit : around_.options.inspection_limit;
  const Inspection inspection = store_->inspect(limit, around_.clock);
  if (inspection == Inspection::unfinished) {
    around_.log.warn(cat("spool: the check of ", around_.folder.file(), " took longer than ", format_duration(limit),
                         " and was broken off"));
  } else if (inspection == Inspection::mended) {
    around_.log.warn(cat("spool: an index of ", around_.folder.file(), " was damaged, and has been made anew"));
  }
  if (doubt_) store_->undo(doubt_->first, doubt_->last, doubt_->kind);
  doubt_.reset();
  const RowId last = totals_.last;
  totals_ = store_->totals();
  totals_.last = std::max(last, totals_.last);  // of a file that was set aside: ids are never given twice
  store_->set_last(totals_.last);
  store_->prove();
  suspected_ = false;
  set_bound();
  oldest_ = 0;
  restored_ = store_->topics();
  around_.queue.show(totals_.last);
  publish_numbers();
}

void Writer::set_bound() {
  const std::uint64_t file = store_->space().file;
  bound_ = std::max(around_.options.max_size, file + shares_.log + 2 * shares_.group);
  if (bound_ == around_.options.max_size) return;
  around_.log.warn(cat("spool: ", around_.folder.file(), " has ", human_size(file),
                       ", which is too much for spool.max_size (", human_size(around_.options.max_size),
                       "): it keeps that size, and takes no event until enough are gone"));
}

void Writer::set_aside(const Failure& failure) {
  const std::uint64_t rows = readable_rows();
  const Result<std::string> name = around_.folder.set_aside(around_.clock.wall());
  if (!name) throw Failure(SQLITE_IOERR, name.error().message);
  around_.queue.count_error();
  around_.telemetry.spool_failed();
  around_.queue.count_lost(rows);
  around_.queue.forget_removals();
  doubt_.reset();
  around_.log.error(cat("spool: ", around_.folder.file(), " is damaged (", failure.what(), "): set aside as ", *name,
                        ", with ", rows, " events that can be counted in it, which were answered 200 and are not in ",
                        "Kafka; a new file is begun. Look into it with: hookferry spool export ", *name));
}

/// Of a damaged file, as far as it can be read: events that are lost with it.
std::uint64_t Writer::readable_rows() const {
  std::uint64_t rows = 0;
  Result<SpoolReader> reader = SpoolReader::open(around_.folder.file());
  if (reader) rows += reader->for_each([&rows](const StoredEvent&) { ++rows; }).damaged;
  return rows;
}

}  // namespace hookferry::spool
