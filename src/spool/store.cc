#include "spool/store.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "spool/schema.h"
#include "spool/space.h"

namespace hookferry::spool {
namespace {

constexpr std::string_view placeholders = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12";

/// A read of this program takes less.
constexpr int reader_patience_ms = 200;

/// A connection on which the rest can be prepared.
Connection open_for_writing(const Folder& folder, const std::string& vfs) {
  folder.make_file();
  Connection connection(folder.file(), Connection::Access::write, vfs);
  connection.run(cat("PRAGMA page_size = ", page_size));
  connection.run("PRAGMA journal_mode = WAL");
  connection.run("PRAGMA synchronous = FULL");
  connection.run("PRAGMA locking_mode = NORMAL");
  connection.run("PRAGMA wal_autocheckpoint = 0");  // done where it delays no report
  connection.run("PRAGMA cache_size = -8192");
  connection.run("PRAGMA cache_spill = OFF");     // nothing is written before the commit
  connection.run("PRAGMA secure_delete = FAST");  // Debian's default writes each freed page once more
  prepare_schema(connection);
  return connection;
}

/// Breaks off a statement that takes too long.
class TimeLimit {
 public:
  TimeLimit(Connection& connection, Duration limit, const Clock& clock)
      : connection_(connection), clock_(clock), end_(clock.monotonic() + limit) {
    constexpr int steps = 10000;
    sqlite3_progress_handler(
        connection.get(), steps,
        [](void* self) -> int {
          const auto& of = *static_cast<TimeLimit*>(self);
          return of.clock_.monotonic() >= of.end_ ? 1 : 0;
        },
        this);
  }
  ~TimeLimit() { sqlite3_progress_handler(connection_.get(), 0, nullptr, nullptr); }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

 private:
  Connection& connection_;
  const Clock& clock_;
  const MonotonicTime end_;
};

/// For how long locks are waited for, for a while.
class PatienceOf {
 public:
  PatienceOf(Connection& connection, int milliseconds) : connection_(connection) {
    sqlite3_busy_timeout(connection_.get(), milliseconds);
  }
  ~PatienceOf() { sqlite3_busy_timeout(connection_.get(), busy_timeout_ms); }
  PatienceOf(const PatienceOf&) = delete;
  PatienceOf& operator=(const PatienceOf&) = delete;

 private:
  Connection& connection_;
};

/// What is wrong with the file, a line each.
std::vector<std::string> problems_of(Connection& connection) {
  std::vector<std::string> problems;
  Statement check(connection, "PRAGMA integrity_check(100)");
  while (check.step()) {
    if (check.bytes(0) != "ok") problems.emplace_back(check.bytes(0));
  }
  return problems;
}

bool is_of_an_index(const std::string& problem) {
  return problem.find(" index ") != std::string::npos;
}

}  // namespace

struct Store::Statements {
  explicit Statements(Connection& connection)
      : insert(connection, cat("INSERT INTO rows(", row_columns, ") VALUES(", placeholders, ")")),
        erase(connection, "DELETE FROM rows WHERE id = ?1 RETURNING state"),
        find(connection, cat("SELECT ", row_columns, " FROM rows WHERE id = ?1")),
        change(connection, "UPDATE rows SET id = ?2, state = ?3, reason = ?4, checksum = ?5 WHERE id = ?1"),
        keep(connection,
             cat("INSERT INTO damaged(", row_columns, ") SELECT ", row_columns, " FROM rows WHERE id = ?1")),
        last(connection, "UPDATE meta SET value = ?1 WHERE name = 'last_row'"),
        oldest(connection, "SELECT id, accepted FROM rows WHERE id >= ?1 AND state = 0 ORDER BY id LIMIT 1"),
        pages(connection, "PRAGMA page_count"),
        free_pages(connection, "PRAGMA freelist_count") {}
  Statement insert;
  Statement erase;
  Statement find;
  Statement change;
  Statement keep;
  Statement last;
  Statement oldest;
  Statement pages;
  Statement free_pages;
};

Store::Store(const Folder& folder, const std::string& vfs)
    : folder_(folder),
      connection_(open_for_writing(folder, vfs)),
      statements_(std::make_unique<Statements>(connection_)) {}

Store::~Store() = default;

Inspection Store::inspect(Duration limit, const Clock& clock) {
  try {
    const TimeLimit limited(connection_, limit, clock);
    const std::vector<std::string> problems = problems_of(connection_);
    if (problems.empty()) return Inspection::sound;
    if (!std::all_of(problems.begin(), problems.end(), is_of_an_index)) throw Failure(SQLITE_CORRUPT, problems.front());
  } catch (const Failure& failure) {
    if (failure.code() == SQLITE_INTERRUPT) return Inspection::unfinished;
    throw;
  }
  connection_.run("REINDEX");
  return Inspection::mended;
}

Totals Store::totals() {
  Totals totals;
  totals.unsent = connection_.number("SELECT count(*) FROM rows WHERE state = 0");
  totals.parked = connection_.number("SELECT count(*) FROM rows WHERE state = 1");
  totals.last = std::max(connection_.number("SELECT coalesce(max(id), 0) FROM rows"),
                         connection_.number("SELECT coalesce(max(value), 0) FROM meta WHERE name = 'last_row'"));
  return totals;
}

std::vector<RestoredTopic> Store::topics() {
  std::vector<RestoredTopic> topics;
  Statement select(connection_, "SELECT topic, count(*), max(id) FROM rows WHERE state = 0 GROUP BY topic");
  while (select.step()) {
    topics.push_back({std::string(select.bytes(0)), static_cast<std::uint64_t>(select.number(1)), select.number(2)});
  }
  return topics;
}

std::optional<Store::Oldest> Store::oldest(RowId from) {
  Statement& select = statements_->oldest;
  const Running running(select);
  select.bind(1, from);
  if (!select.step()) return std::nullopt;
  return Oldest{select.number(0), wall_time(select.number(1))};
}

void Store::insert(RowId id, const Record& record, const RowContext& context, const std::string& topic) {
  const std::string headers = encode_headers(record);
  RowView row;
  row.id = id;
  row.topic = topic;
  row.key = record.key();
  row.value = record.value();
  row.headers = headers;
  row.event = bytes_of(context.key.id);
  row.conflict = bytes_of(context.key.conflict);
  row.accepted = nanoseconds(context.accepted);
  row.kind = context.kind;
  Statement& insert = statements_->insert;
  insert.bind(1, row.id);
  insert.bind_text(2, row.topic);
  insert.bind_blob(3, row.key);
  insert.bind_blob(4, row.value);
  insert.bind_blob(5, row.headers);
  insert.bind_blob(6, row.event);
  insert.bind_blob(7, row.conflict);
  insert.bind(8, row.accepted);
  insert.bind(9, row.kind);
  insert.bind(10, row.state);
  insert.bind_text(11, row.reason);
  insert.bind(12, checksum(row));
  insert.run();
}

std::optional<RowState> Store::erase(RowId id) {
  Statement& erase = statements_->erase;
  const Running running(erase);
  erase.bind(1, id);
  std::optional<RowState> state;
  while (erase.step()) state = erase.number(0) == 0 ? RowState::unsent : RowState::parked;
  return state;
}

bool Store::change(RowId id, RowId new_id, RowState state, const std::string& reason) {
  std::uint32_t sum = 0;
  {
    Statement& find = statements_->find;
    const Running running(find);
    find.bind(1, id);
    if (!find.step()) return false;
    RowView row = view_of(find);
    if (!intact(find, row)) return false;
    row.id = new_id;
    row.state = static_cast<std::int64_t>(state);
    row.reason = reason;
    sum = checksum(row);
  }
  Statement& change = statements_->change;
  change.bind(1, id);
  change.bind(2, new_id);
  change.bind(3, static_cast<std::int64_t>(state));
  change.bind_text(4, reason);
  change.bind(5, sum);
  change.run();
  return true;
}

std::optional<RowState> Store::set_aside(RowId id) {
  Statement& keep = statements_->keep;
  keep.bind(1, id);
  keep.run();
  return erase(id);
}

void Store::set_last(RowId last) {
  statements_->last.bind(1, last);
  statements_->last.run();
}

std::vector<Store::Parked> Store::parked(const std::string& topic, RowId after, RowId last, std::size_t limit) {
  Statement select(
      connection_,
      "SELECT id, topic, length(key) + length(value) + length(headers) FROM rows WHERE state = 1 AND id > ?1 "
      "AND id <= ?2 AND (?3 = '' OR topic = ?3) ORDER BY id LIMIT ?4");
  select.bind(1, after);
  select.bind(2, last);
  select.bind_text(3, topic);
  select.bind(4, static_cast<std::int64_t>(limit));
  std::vector<Parked> rows;
  while (select.step()) {
    rows.push_back({select.number(0), std::string(select.bytes(1)), static_cast<std::uint64_t>(select.number(2))});
  }
  return rows;
}

void Store::undo(RowId first, RowId last, RowState kind) {
  Statement select(connection_, "SELECT id FROM rows WHERE id BETWEEN ?1 AND ?2");
  select.bind(1, first);
  select.bind(2, last);
  std::vector<RowId> left;
  while (select.step()) left.push_back(select.number(0));
  select.reset();
  Transaction transaction = begin();
  for (const RowId row : left) {
    if (kind == RowState::parked) {
      change(row, row, RowState::parked, "a retry of it failed, since the disk did");
    } else {
      erase(row);
    }
  }
  set_last(last);
  transaction.commit();
}

void Store::prove() {
  connection_.run("UPDATE meta SET value = value + 1 WHERE name = 'opened'");
  // What a failed fsync left in the kernel's cache only is written again by this, and read from the disk afterwards.
  checkpoint(Checkpoint::wait);
}

Store::Space Store::space() {
  const auto number = [](Statement& statement) {
    const Running running(statement);
    return statement.step() ? static_cast<std::uint64_t>(statement.number(0)) : 0;
  };
  return {number(statements_->pages) * page_size, number(statements_->free_pages) * page_size, folder_.log_size()};
}

bool Store::checkpoint(Checkpoint kind) {
  const int mode = kind == Checkpoint::copy ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  const PatienceOf patience(connection_, kind == Checkpoint::wait ? reader_patience_ms : 0);
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, mode, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) connection_.fail("copying the write-ahead log to the file");
  return true;
}

}  // namespace hookferry::spool
