// The spool: a SQLite file in a folder of its own, with the events that were answered 200 and are not in Kafka yet.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "hookferry/clock.h"
#include "hookferry/spool.h"
#include "hookferry/telemetry.h"

namespace hookferry::spool {

struct Options {
  std::string path;                  // the folder; made when it is not there
  std::uint64_t max_size = 1 << 30;  // of the file and its write-ahead log together; never exceeded
  /// Of the check of the whole file at the start: a longer one is broken off, with a warning.
  Duration inspection_limit = std::chrono::seconds(10);
  std::string vfs;  // SQLite's name of the file system to go through; empty: its default. For tests
};

/// What was in the spool when it was opened, of one topic.
struct RestoredTopic {
  std::string name;
  std::uint64_t rows = 0;  // unsent: parked ones are not among them
  RowId newest = 0;        // of those
};

/// An event that is in the spool, and so was answered 200.
struct FoundEvent {
  RowId row = 0;
  ClaimKey key;
  WallTime accepted;
  std::uint8_t kind = 0;
  bool parked = false;
};

struct Health {
  enum class Kind : std::uint8_t {
    ok,
    full,    // no event is taken until rows are gone
    failed,  // nothing is taken until the disk works again, which is tried by itself
  };
  Kind kind = Kind::ok;
  std::string text;  // what is wrong, for people; empty when ok
};

struct Stats {
  std::uint64_t events = 0;          // rows that are not parked
  std::uint64_t parked = 0;          // rows
  std::uint64_t bytes = 0;           // in use, of `capacity`; the file does not shrink when rows are gone
  std::uint64_t capacity = 0;        // Options::max_size
  std::optional<WallTime> accepted;  // when the oldest row that is not parked was
  std::uint64_t errors = 0;          // total: the disk did not do what was asked
  std::uint64_t lost = 0;            // total: rows that fail their checksum, and those of a file that was set aside
};

/// Thread-safe, but for `attach` and the destructor. One thread commits what is queued in groups: a row that is
/// reported as committed has been through fsync.
///
/// An error of the disk fails the whole group. The file is then opened anew and checked before anything else is
/// written, and what may be there of the group is taken out; that is tried again with a back-off of up to 10 s. A file
/// that is damaged, or is no spool, is renamed to spool.db.damaged-TIME, its rows are counted as lost as far as they
/// can be read, and a new file takes its place: at the start as while it runs.
class SqliteSpool final : public Spool {
 public:
  /// Refused when another process has the folder. `log`, `telemetry` and `clock` must outlive the spool.
  [[nodiscard]] static Result<std::unique_ptr<SqliteSpool>> open(const Options& options, Log& log, Telemetry& telemetry,
                                                                 const Clock& clock);
  /// Commits what is queued and reports it, if the disk works; else reports inserts as failed.
  ~SqliteSpool() override;
  SqliteSpool(const SqliteSpool&) = delete;
  SqliteSpool& operator=(const SqliteSpool&) = delete;

  /// The topics' names by TopicId: before the first insert, and again when there are more. Rows carry names, since ids
  /// are of one process only.
  void set_topics(std::vector<std::string> names);
  /// Who is told of inserts; must outlive the spool. Once, before the first insert.
  void attach(RowReports& reports);

  /// By topic, those too that have no TopicId now: what was there at `open`.
  [[nodiscard]] const std::vector<RestoredTopic>& restored() const noexcept;
  /// Every row in order, the parked as well, on the caller's thread. False: the disk failed, not all were seen.
  [[nodiscard]] bool for_each_event(const std::function<void(const FoundEvent&)>& visit);

  /// Told of parked rows that are unsent again: so many of the topic, the last of them `newest`. On the spool's thread,
  /// before any insert behind them is reported.
  using Retried = std::function<void(const std::string& topic, std::uint64_t rows, RowId newest)>;
  /// Makes the parked rows of the topic (empty: of every topic) unsent, in their order, behind all rows there are. Only
  /// queues; `retried` is called for each group of them, or not at all where the disk fails.
  void retry_parked(std::string topic, Retried retried);

  /// Waits until all that was queued before is on the disk or reported as failed, for at most `limit`; whether it is.
  /// Without a disk that works, what is to be erased or parked is neither.
  bool flush(Duration limit);
  [[nodiscard]] Health health() const;
  [[nodiscard]] Stats stats() const;

  [[nodiscard]] bool insert(const Record& record, const RowContext& context, std::uint64_t cookie) noexcept override;
  void erase(RowId row) noexcept override;
  void park(RowId row, std::string reason) noexcept override;
  [[nodiscard]] std::optional<std::vector<SpooledRow>> read(TopicId topic, RowId after, std::size_t max_rows,
                                                            std::size_t max_bytes) override;

 private:
  class State;
  explicit SqliteSpool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::spool
