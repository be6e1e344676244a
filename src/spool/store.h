// The connection that writes. For one thread; everything throws Failure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hookferry/clock.h"
#include "hookferry/spool.h"
#include "spool/folder.h"
#include "spool/row.h"
#include "spool/sqlite.h"
#include "spool/sqlite_spool.h"

namespace hookferry::spool {

/// What the file has.
struct Totals {
  std::uint64_t unsent = 0;
  std::uint64_t parked = 0;
  RowId last = 0;  // the highest that was ever given
};

/// What the check of a file came to.
enum class Inspection : std::uint8_t {
  sound,
  mended,      // an index was, from the rows
  unfinished,  // for lack of time
};

class Store {
 public:
  /// Opens the file, or makes it.
  Store(const Folder& folder, const std::string& vfs);
  ~Store();

  /// Throws a Failure of damage where the file is.
  [[nodiscard]] Inspection inspect(Duration limit, const Clock& clock);
  [[nodiscard]] Totals totals();
  [[nodiscard]] std::vector<RestoredTopic> topics();
  /// When the first unsent row from `from` on was accepted, and which it is.
  struct Oldest {
    RowId row = 0;
    WallTime accepted;
  };
  [[nodiscard]] std::optional<Oldest> oldest(RowId from);

  [[nodiscard]] Transaction begin() { return {connection_, Transaction::Kind::write}; }
  void insert(RowId id, const Record& record, const RowContext& context, const std::string& topic);
  /// The state that the row had; nothing where there is none.
  std::optional<RowState> erase(RowId id);
  /// The row that is parked from now on, or no more, and has a new id. False: there is none, or it is damaged.
  bool change(RowId id, RowId new_id, RowState state, const std::string& reason);
  /// As `erase`; what is in the row is kept in the table of damaged ones.
  std::optional<RowState> set_aside(RowId id);
  /// Remembers that ids up to here have been given.
  void set_last(RowId last);
  /// Parked rows behind `after` and up to `last`, at most `limit`; of every topic where it is empty.
  struct Parked {
    RowId row = 0;
    std::string topic;
    std::uint64_t size = 0;
  };
  [[nodiscard]] std::vector<Parked> parked(const std::string& topic, RowId after, RowId last, std::size_t limit);

  /// What is left of a group that failed: rows with ids of the range go, or are parked again. Then proves that the disk
  /// takes a commit and that the write-ahead log can be emptied.
  void undo(RowId first, RowId last, RowState kind);
  void prove();

  struct Space {
    std::uint64_t file = 0;  // as it will be when the log is copied into it
    std::uint64_t free = 0;  // of it
    std::uint64_t log = 0;
  };
  [[nodiscard]] Space space();
  enum class Checkpoint : std::uint8_t {
    copy,   // what readers let it
    empty,  // the log's file as well, if no reader is inside it
    wait,   // the same, and waits a little for readers
  };
  /// False where a reader was in the way.
  bool checkpoint(Checkpoint kind);

 private:
  struct Statements;
  const Folder& folder_;
  Connection connection_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace hookferry::spool
