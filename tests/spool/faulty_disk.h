// A disk that fails when a test says so: a SQLite VFS in front of the machine's.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace hookferry::spool {

/// Thread-safe. One at a time may be used by a name.
class FaultyDisk {
 public:
  enum Operation : std::uint8_t { write = 1, sync = 2, truncate = 4, read = 8, open = 16 };
  static constexpr std::uint8_t changes = write | sync | truncate;

  explicit FaultyDisk(std::string name);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  struct Fault {
    std::uint8_t operations = changes;
    int skip = 0;       // operations of these kinds that work before
    int count = 1;      // that fail then
    bool done = false;  // the disk does it, and says that it did not
    int code = SQLITE_IOERR;
  };
  /// Of the spool's files from now on.
  void fail(const Fault& fault);
  void heal() { fail({.operations = 0}); }
  /// Operations that have failed since `fail`.
  [[nodiscard]] int failed() const noexcept { return failed_; }

  /// What an operation is to do; for the VFS.
  struct Verdict {
    bool fails = false;
    bool done = true;
    int code = SQLITE_OK;
  };
  [[nodiscard]] Verdict judge(Operation operation) noexcept;

 private:
  const std::string name_;
  sqlite3_vfs vfs_{};
  std::atomic<std::uint8_t> operations_{0};
  std::atomic<int> skip_{0};
  std::atomic<int> count_{0};
  std::atomic<bool> done_{false};
  std::atomic<int> code_{SQLITE_IOERR};
  std::atomic<int> failed_{0};
};

}  // namespace hookferry::spool
