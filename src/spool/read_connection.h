// The connection that reads, beside the one that writes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hookferry/clock.h"
#include "hookferry/spool.h"
#include "spool/row.h"
#include "spool/sqlite.h"

namespace hookferry::spool {

/// For one thread at a time; everything throws Failure. No transaction is open between two calls, and none is open for
/// long.
class ReadConnection {
 public:
  ReadConnection(const std::string& file, const std::string& vfs);

  /// What is to be read, and what of it is left out.
  struct Wanted {
    TopicId topic = 0;
    std::string topic_name;
    RowId after = 0;
    RowId until = 0;
    std::size_t max_rows = 0;
    std::size_t max_bytes = 0;
    const std::set<RowId>* without = nullptr;
  };
  struct Found {
    std::vector<SpooledRow> rows;
    struct Damaged {
      RowId row = 0;
      std::size_t size = 0;
    };
    std::vector<Damaged> damaged;
  };
  [[nodiscard]] Found read(const Wanted& wanted, const Clock& clock);

  /// Some rows behind `after`, of all topics and states, and up to `until`; the row that it ended with, or nothing when
  /// there are no more.
  [[nodiscard]] std::optional<RowId> each(RowId after, RowId until,
                                          const std::function<void(const RowView&, bool intact)>& visit);

 private:
  Connection connection_;
  Statement of_topic_;
  Statement of_all_;
};

}  // namespace hookferry::spool
