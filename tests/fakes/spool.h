// A spool whose disk does what a test says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hookferry/spool.h"

namespace hookferry::fakes {

/// The disk: what is left of the spool when the process ends. For one thread.
struct FakeDisk {
  struct Row {
    TopicId topic = 0;
    std::string key;
    std::string value;
    RowContext context;
    bool parked = false;
  };
  std::map<RowId, Row> rows;
  RowId last = 0;
};

/// What is queued reaches the disk when the test calls `commit`, or does not when it calls `fail`. For one thread.
class FakeSpool final : public Spool {
 public:
  explicit FakeSpool(FakeDisk& disk, std::size_t max_rows = 1000) : disk_(disk), max_rows_(max_rows) {}

  [[nodiscard]] bool insert(const Record& record, const RowContext& context, std::uint64_t cookie) noexcept override {
    if (disk_.rows.size() + inserts_.size() >= max_rows_) return false;
    inserts_.push_back({&record, context, cookie});
    return true;
  }
  void erase(RowId row) noexcept override { gone_.insert(row); }
  void park(RowId row, std::string) noexcept override { parked_.insert(row); }
  [[nodiscard]] std::optional<std::vector<SpooledRow>> read(TopicId topic, RowId after, std::size_t max_rows,
                                                            std::size_t) override {
    std::vector<SpooledRow> out;
    for (auto row = disk_.rows.upper_bound(after); row != disk_.rows.end() && out.size() < max_rows; ++row) {
      const auto& [id, stored] = *row;
      if (stored.topic != topic || stored.parked || gone_.contains(id) || parked_.contains(id)) continue;
      if (ghosts_.contains(id)) continue;
      SpooledRow found;
      found.row = id;
      found.record = Record(topic, 64);
      found.record.append_key(stored.key);
      found.record.begin_value().append(stored.value);
      found.record.end_value();
      found.key = stored.context.key;
      found.accepted = stored.context.accepted;
      found.kind = stored.context.kind;
      out.push_back(std::move(found));
    }
    if (during_read) during_read();
    return out;
  }
  /// What others do while rows are on their way from the disk to whoever reads them.
  std::function<void()> during_read;

  /// The parked rows, as rows that are not, behind all others: how many there were, and the last of them. Inserts
  /// before them are reported first.
  std::pair<std::uint64_t, RowId> retry_parked(RowReports& reports) {
    report_written(reports);
    std::vector<FakeDisk::Row> retried;
    std::erase_if(disk_.rows, [&](auto& row) {
      if (row.second.parked) retried.push_back(row.second);
      return row.second.parked;
    });
    for (FakeDisk::Row& row : retried) {
      row.parked = false;
      disk_.rows.emplace(++disk_.last, std::move(row));
    }
    return {retried.size(), disk_.last};
  }

  [[nodiscard]] std::size_t waiting() const { return inserts_.size(); }

  /// Up to `count` inserts, and all that is to go, reach the disk.
  void commit(RowReports& reports, std::size_t count = SIZE_MAX) {
    for (const RowId row : gone_) disk_.rows.erase(row);
    for (const RowId row : std::exchange(ghosts_, {})) disk_.rows.erase(row);
    for (const RowId row : std::exchange(parked_, {})) disk_.rows.at(row).parked = true;
    gone_.clear();
    write(count);
    report_written(reports);
  }
  /// The next `count` inserts reach the disk, and their reports are still to come.
  void write(std::size_t count) {
    for (auto& written : take(count)) written_.push_back(written);
  }
  /// The next `count` inserts fail; with `written` they are on the disk all the same, though nobody can know, until the
  /// next commit takes them out.
  void fail(RowReports& reports, std::size_t count, bool written) {
    if (written) {
      for (const auto& [insert, row] : take(count)) {
        ghosts_.insert(row);
        reports.inserted(insert.cookie, {});
      }
      return;
    }
    for (; count > 0 && !inserts_.empty(); --count) {
      const Insert insert = inserts_.front();
      inserts_.pop_front();
      reports.inserted(insert.cookie, {});
    }
  }

 private:
  struct Insert {
    const Record* record;
    RowContext context;
    std::uint64_t cookie;
  };

  void report_written(RowReports& reports) {
    for (const auto& [insert, row] : std::exchange(written_, {})) {
      reports.inserted(insert.cookie, {RowReport::Kind::committed, row});
    }
  }

  std::vector<std::pair<Insert, RowId>> take(std::size_t count) {
    std::vector<std::pair<Insert, RowId>> out;
    for (; count > 0 && !inserts_.empty(); --count) {
      const Insert insert = inserts_.front();
      inserts_.pop_front();
      const RowId row = ++disk_.last;
      disk_.rows[row] = {insert.record->topic(), std::string(insert.record->key()), std::string(insert.record->value()),
                         insert.context};
      out.emplace_back(insert, row);
    }
    return out;
  }

  FakeDisk& disk_;
  const std::size_t max_rows_;
  std::deque<Insert> inserts_;
  std::vector<std::pair<Insert, RowId>> written_;
  std::set<RowId> gone_;
  std::set<RowId> parked_;
  std::set<RowId> ghosts_;
};

}  // namespace hookferry::fakes
