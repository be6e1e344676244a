// The thread that writes: commits what is queued, and mends what the disk breaks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "hookferry/clock.h"
#include "hookferry/telemetry.h"
#include "spool/folder.h"
#include "spool/queue.h"
#include "spool/store.h"

namespace hookferry::spool {

/// What the writer works with; all must outlive it.
struct Surroundings {
  const Options& options;
  const Folder& folder;
  Queue& queue;
  Log& log;
  Telemetry& telemetry;
  const Clock& clock;
  /// Closes the connection that reads, and keeps it closed while the lock is held, since the file may be renamed.
  std::function<std::unique_lock<std::mutex>()> close_reader;
};

class Writer {
 public:
  explicit Writer(const Surroundings& surroundings);
  /// Stops the thread, if there is one: the queue must have been told before.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Opens the file, on the caller's thread. Once, before `start`.
  [[nodiscard]] Result<void> open();
  [[nodiscard]] const std::vector<RestoredTopic>& restored() const noexcept { return restored_; }
  /// Whom inserts are reported to; before the first.
  void attach(RowReports& reports) noexcept { reports_ = &reports; }
  void start();

 private:
  void run();
  void work();
  void commit(Group group);
  [[nodiscard]] std::size_t removals_at_once();
  void write(const Group& group, RowId first);
  void remove(const Removal& removal);
  void retry(const Retry& retry);
  [[nodiscard]] std::size_t retry_some(const Retry& retry, const std::vector<Store::Parked>& rows);
  void report(const std::vector<Insert>& inserts, const RowReport& first) noexcept;
  [[nodiscard]] bool make_room(const Cost& cost);
  void block(Group group);
  void unblock();
  void tidy();
  void publish_numbers();

  void failed(const Failure& failure, std::string_view what);
  void fail_waiting();
  void recover();
  void open_store();
  void inspect();
  void set_bound();
  void set_aside(const Failure& failure);
  [[nodiscard]] std::uint64_t readable_rows() const;

  const Surroundings around_;
  const Shares shares_;
  std::atomic<RowReports*> reports_{nullptr};
  std::optional<Store> store_;  // nothing while the disk does not work
  std::vector<RestoredTopic> restored_;
  Totals totals_;
  RowId oldest_ = 0;  // no unsent row is before it
  bool blocked_ = false;
  /// Ids of a group that failed: what is there of them is taken out first.
  struct Doubt {
    RowId first = 0;
    RowId last = 0;
    RowState kind = RowState::unsent;  // parked: of rows that were to be retried
  };
  std::optional<Doubt> doubt_;
  Duration back_off_{};
  bool suspected_ = false;   // of damage: the next check may take as long as it takes
  std::uint64_t bound_ = 0;  // spool.max_size; more where the file was larger than it allows, so that rows can go
  std::thread thread_;
};

}  // namespace hookferry::spool
