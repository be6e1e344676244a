#include "spool/schema.h"

#include <array>

#include "base/text.h"

namespace hookferry::spool {
namespace {

constexpr int checksum_column = 11;

// `unsent` is the way of `read`, `parked` that of a retry. `damaged` takes rows as they are, whatever that is.
constexpr std::string_view tables = R"(
CREATE TABLE IF NOT EXISTS rows(
  id INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  key BLOB NOT NULL,
  value BLOB NOT NULL,
  headers BLOB NOT NULL,
  event BLOB NOT NULL,
  conflict BLOB NOT NULL,
  accepted INTEGER NOT NULL,
  kind INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  checksum INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS damaged(
  id, topic, key, value, headers, event, conflict, accepted, kind, state, reason, checksum);
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)";
constexpr std::string_view indexes = R"(
CREATE INDEX IF NOT EXISTS unsent ON rows(topic, id) WHERE state = 0;
CREATE INDEX IF NOT EXISTS parked ON rows(id) WHERE state = 1;
INSERT OR IGNORE INTO meta(name, value) VALUES('last_row', 0), ('opened', 0);
)";

/// Without them the rest of a row is of no use.
constexpr std::array<std::string_view, 9> needed{"id",    "topic",    "key",      "value",   "headers",
                                                 "event", "conflict", "accepted", "checksum"};
struct Added {
  std::string_view name;
  std::string_view definition;
};
constexpr std::array<Added, 3> added{{{"kind", "kind INTEGER NOT NULL DEFAULT 0"},
                                      {"state", "state INTEGER NOT NULL DEFAULT 0"},
                                      {"reason", "reason TEXT NOT NULL DEFAULT ''"}}};

bool has_column(Connection& connection, std::string_view name) {
  return connection.number(cat("SELECT count(*) FROM pragma_table_info('rows') WHERE name = '", name, "'")) > 0;
}

void add_columns(Connection& connection) {
  for (const Added& column : added) {
    if (!has_column(connection, column.name)) connection.run(cat("ALTER TABLE rows ADD COLUMN ", column.definition));
  }
}

}  // namespace

void check_schema(Connection& connection) {
  const std::int64_t application = connection.number("PRAGMA application_id");
  if (application != application_id) throw Failure(SQLITE_NOTADB, "it is no spool: another program's application_id");
  for (const std::string_view name : needed) {
    if (!has_column(connection, name)) throw Failure(SQLITE_NOTADB, cat("it is no spool: rows have no ", name));
  }
}

void prepare_schema(Connection& connection) {
  Transaction transaction(connection, Transaction::Kind::write);
  if (connection.number("SELECT count(*) FROM sqlite_schema") == 0) {
    connection.run(cat("PRAGMA application_id = ", application_id));
    connection.run(std::string(tables));
  }
  check_schema(connection);
  add_columns(connection);
  connection.run(std::string(tables));
  connection.run(std::string(indexes));
  if (connection.number("PRAGMA user_version") < schema_version) {
    connection.run(cat("PRAGMA user_version = ", schema_version));
  }
  transaction.commit();
}

std::string present_columns(Connection& connection) {
  std::string columns(row_columns);
  const auto absent = [&](std::string_view name, std::string_view instead) {
    if (has_column(connection, name)) return;
    columns.replace(columns.find(cat(" ", name, ",")) + 1, name.size(), instead);
  };
  absent("kind", "0");
  absent("state", "0");
  absent("reason", "''");
  return columns;
}

RowView view_of(const Statement& statement) noexcept {
  RowView row;
  row.id = statement.number(0);
  row.topic = statement.bytes(1);
  row.key = statement.bytes(2);
  row.value = statement.bytes(3);
  row.headers = statement.bytes(4);
  row.event = statement.bytes(5);
  row.conflict = statement.bytes(6);
  row.accepted = statement.number(7);
  row.kind = statement.number(8);
  row.state = statement.number(9);
  row.reason = statement.bytes(10);
  return row;
}

bool intact(const Statement& statement, const RowView& row) noexcept {
  return statement.number(checksum_column) == static_cast<std::int64_t>(checksum(row));
}

}  // namespace hookferry::spool
