#include "spool/sqlite.h"

#include <system_error>

#include "base/text.h"

namespace hookferry::spool {
bool Failure::damage() const noexcept {
  const int primary = code_ & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

Connection::Connection(const std::string& file, Access access, const std::string& vfs) {
  const int flags = (access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  handle_.reset(handle);  // SQLite wants it closed also where it could not be opened
  if (code != SQLITE_OK) fail(cat("opening ", file));
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  // A connection that goes because something failed must not write once more on its way out.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Connection::fail(std::string_view what) const {
  if (handle_ == nullptr) throw Failure(SQLITE_NOMEM, cat(what, ": out of memory"));
  const int code = sqlite3_extended_errcode(handle_.get());
  std::string message = cat(what, ": ", sqlite3_errmsg(handle_.get()));
  if (const int system = sqlite3_system_errno(handle_.get()); system != 0) {
    message += cat(" (", std::generic_category().message(system), ")");
  }
  throw Failure(code, message);
}

void Connection::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql.substr(0, 60));
}

std::int64_t Connection::number(const std::string& sql) {
  Statement statement(*this, sql);
  if (!statement.step()) fail(sql);
  return statement.number(0);
}

Statement::Statement(Connection& connection, const std::string& sql) : connection_(&connection) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(connection.get(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) connection.fail(sql.substr(0, 60));
}

void Statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(handle_.get(), parameter, value) != SQLITE_OK) connection_->fail("binding a number");
}

void Statement::bind_text(int parameter, std::string_view value) {
  const char* const text = value.empty() ? "" : value.data();
  if (sqlite3_bind_text64(handle_.get(), parameter, text, value.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
    connection_->fail("binding a text");
  }
}

void Statement::bind_blob(int parameter, std::string_view value) {
  const char* const bytes = value.empty() ? "" : value.data();  // a null pointer would be NULL
  if (sqlite3_bind_blob64(handle_.get(), parameter, bytes, value.size(), SQLITE_STATIC) != SQLITE_OK) {
    connection_->fail("binding a blob");
  }
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_->fail(std::string_view(sqlite3_sql(handle_.get())).substr(0, 60));
  return false;
}

void Statement::run() {
  const Running running(*this);
  while (step()) {
  }
}

std::string_view Statement::bytes(int column) const noexcept {
  const void* const begin = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return begin == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(begin), size);
}

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  connection.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  // It may have been rolled back by the error that brought us here.
  if (open_) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  connection_.run("COMMIT");
  open_ = false;
}

}  // namespace hookferry::spool
