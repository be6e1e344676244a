// The port through which events become durable on this machine while Kafka does not take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hookferry/claims.h"
#include "hookferry/clock.h"
#include "hookferry/record.h"

namespace hookferry {

/// A row's place in the spool. Rises with every insert, also across restarts: the order of rows is the order in which
/// they were inserted.
using RowId = std::int64_t;

/// What an insert came to.
struct RowReport {
  enum class Kind : std::uint8_t {
    committed,  // on the disk, synchronised: it survives the process and the machine's power
    failed,     // not there. Also where that is not known (any error of the disk): a row that is there all the same is
                // taken out before anything else is written, and never read
  };
  Kind kind = Kind::failed;
  RowId row = 0;  // when committed
};

/// Takes what became of inserts. Called on the spool's thread, with no lock of the spool held.
class RowReports {
 public:
  virtual ~RowReports() = default;
  /// `cookie` as given to `insert`; exactly once for each insert that was taken.
  virtual void inserted(std::uint64_t cookie, const RowReport& report) noexcept = 0;
};

/// A row as it is read back.
struct SpooledRow {
  RowId row = 0;
  Record record;  // its topic is the one that was asked for
  ClaimKey key;
  WallTime accepted;      // when the event was verified
  std::uint8_t kind = 0;  // as given to `insert`
};

/// What goes with a record into its row.
struct RowContext {
  ClaimKey key;
  WallTime accepted;
  std::uint8_t kind = 0;  // the delivery room's; the spool only keeps it
};

/// Thread-safe. `insert`, `erase` and `park` only queue and never block; one thread of the spool's commits them in
/// groups. `read` blocks on the disk: never call it on an event loop.
class Spool {
 public:
  virtual ~Spool() = default;

  /// Takes the record when it returns true: `record` must then stay where it is, unchanged, until `inserted`. False:
  /// nothing was taken, since the spool is full, or failed and not yet mended; no report comes.
  [[nodiscard]] virtual bool insert(const Record& record, const RowContext& context, std::uint64_t cookie) noexcept = 0;
  /// The row's event is in Kafka. If the process ends before this is on the disk, the event is published once more
  /// after the restart, with the same id.
  virtual void erase(RowId row) noexcept = 0;
  /// Kafka will not take this record: it is set aside with the reason, for `hookferry spool` to show, and for a retry.
  virtual void park(RowId row, std::string reason) noexcept = 0;

  /// Up to `max_rows` rows of the topic behind `after`, in order, parked ones left out; fewer when their records have
  /// more than `max_bytes` together, but one at least when there is one. A row that fails its checksum is counted as
  /// lost, set aside and left out; so is one whose erase or park was queued before, be it on the disk yet or not.
  /// Nullopt: the disk failed, which the spool counts and logs. Must be able to run beside inserts.
  [[nodiscard]] virtual std::optional<std::vector<SpooledRow>> read(TopicId topic, RowId after, std::size_t max_rows,
                                                                    std::size_t max_bytes) = 0;
};

}  // namespace hookferry
