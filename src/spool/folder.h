// The spool's folder, and the lock that keeps other processes out of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"

namespace hookferry::spool {

/// The folder's files:
///   spool.db, spool.db-wal, spool.db-shm   SQLite's
///   spool.lock                             held by the process that owns the folder, whose id is in it
///   spool.db.damaged-TIME                  what was set aside
class Folder {
 public:
  /// Makes the folder when it is not there, and takes its lock.
  [[nodiscard]] static Result<Folder> open(const std::string& path);
  ~Folder();
  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string file() const { return path_ + "/spool.db"; }
  /// Makes the file where there is none, for this user alone: it has what the senders sent.
  void make_file() const;
  /// Of SQLite's write-ahead log; 0 when there is none.
  [[nodiscard]] std::uint64_t log_size() const;
  /// Renames spool.db and its log; no connection may be open. The name that it has now.
  [[nodiscard]] Result<std::string> set_aside(WallTime now) const;
  /// Makes names of files durable.
  [[nodiscard]] bool sync() const;

 private:
  Folder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

/// Of the folder, by their time; without their logs.
[[nodiscard]] std::vector<std::string> files_set_aside(const std::string& folder);

/// The id of the process that has the folder's lock, as far as it says so; 0 where none does.
[[nodiscard]] int owner_of(const std::string& folder);

}  // namespace hookferry::spool
