// SQLite's handles with an owner, and its errors as exceptions that stay in this room.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hookferry::spool {

/// SQLite could not do what was asked.
class Failure : public std::runtime_error {
 public:
  Failure(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// The file's content is at fault, not the disk: it is damaged, or no database.
  [[nodiscard]] bool damage() const noexcept;
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;  // extended
};

/// For the lock that another program may hold for a moment, such as sqlite3 in a shell.
inline constexpr int busy_timeout_ms = 2000;

/// A connection is for one thread at a time; so is what is made of it, which must not outlive it.
class Connection {
 public:
  enum class Access : std::uint8_t { read, write };
  /// `file` may be a file: URI. Write access makes the file when it is not there.
  Connection(const std::string& file, Access access, const std::string& vfs);

  void run(const std::string& sql);
  /// The first column of the first row; throws where there is none.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] sqlite3* get() const noexcept { return handle_.get(); }
  [[noreturn]] void fail(std::string_view what) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(Connection& connection, const std::string& sql);

  /// Parameters are from 1, columns from 0. Bound texts and blobs must stay until `reset`.
  void bind(int parameter, std::int64_t value);
  void bind_text(int parameter, std::string_view value);
  void bind_blob(int parameter, std::string_view value);
  /// Whether there is a row.
  [[nodiscard]] bool step();
  /// To the end; for what gives no rows.
  void run();
  void reset() noexcept { sqlite3_reset(handle_.get()); }
  [[nodiscard]] std::int64_t number(int column) const noexcept { return sqlite3_column_int64(handle_.get(), column); }
  /// Text or blob; until the next step.
  [[nodiscard]] std::string_view bytes(int column) const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Resets a statement when it goes, so that no error leaves a read transaction open.
class Running {
 public:
  explicit Running(Statement& statement) noexcept : statement_(statement) {}
  ~Running() { statement_.reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Statement& statement_;
};

/// Rolled back unless committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t { read, write };
  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace hookferry::spool
