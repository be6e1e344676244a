#include "spool/read_connection.h"

#include <utility>

#include "base/text.h"
#include "spool/schema.h"

namespace hookferry::spool {
namespace {

/// A reader keeps the write-ahead log from being emptied: what has been read by then has to do.
constexpr Duration longest_read = std::chrono::milliseconds(50);
constexpr std::int64_t slice_rows = 64;

Connection open_for_reading(const std::string& file, const std::string& vfs) {
  Connection connection(file, Connection::Access::read, vfs);
  connection.run("PRAGMA query_only = ON");
  return connection;
}

/// Of a damaged file the rows may come in any order, and again and again.
void check_order(RowId before, RowId row) {
  if (row <= before) throw Failure(SQLITE_CORRUPT, "rows are out of order");
}

}  // namespace

ReadConnection::ReadConnection(const std::string& file, const std::string& vfs)
    : connection_(open_for_reading(file, vfs)),
      of_topic_(connection_,
                cat("SELECT ", row_columns, " FROM rows INDEXED BY unsent WHERE topic = ?1 AND id > ?2 AND ",
                    "id <= ?3 AND state = 0 ORDER BY id")),
      of_all_(connection_, cat("SELECT ", row_columns, " FROM rows WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3")) {}

ReadConnection::Found ReadConnection::read(const Wanted& wanted, const Clock& clock) {
  const MonotonicTime end = clock.monotonic() + longest_read;
  const Running running(of_topic_);
  of_topic_.bind_text(1, wanted.topic_name);
  of_topic_.bind(2, wanted.after);
  of_topic_.bind(3, wanted.until);
  Found found;
  std::size_t bytes = 0;
  RowId before = wanted.after;
  while (found.rows.size() < wanted.max_rows && of_topic_.step()) {
    const RowView row = view_of(of_topic_);
    check_order(std::exchange(before, row.id), row.id);
    if (wanted.without->contains(row.id)) continue;
    const std::size_t size = row.key.size() + row.value.size() + row.headers.size();
    if (!found.rows.empty() && (bytes + size > wanted.max_bytes || clock.monotonic() >= end)) break;
    std::optional<SpooledRow> whole;
    if (intact(of_topic_, row)) whole = spooled_row(row, wanted.topic);
    if (!whole) {
      found.damaged.push_back({row.id, size});
      continue;
    }
    bytes += whole->record.size();
    found.rows.push_back(std::move(*whole));
  }
  return found;
}

std::optional<RowId> ReadConnection::each(RowId after, RowId until,
                                          const std::function<void(const RowView&, bool)>& visit) {
  const Running running(of_all_);
  of_all_.bind(1, after);
  of_all_.bind(2, until);
  of_all_.bind(3, slice_rows);
  std::optional<RowId> last;
  while (of_all_.step()) {
    const RowView row = view_of(of_all_);
    check_order(last.value_or(after), row.id);
    last = row.id;
    visit(row, intact(of_all_, row));
  }
  return last;
}

}  // namespace hookferry::spool
