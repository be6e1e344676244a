// Looks into a spool beside the instance that it belongs to, or without one. Changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "hookferry/spool.h"

namespace hookferry::spool {

/// A row, with its topic's name.
struct StoredEvent {
  std::string topic;
  SpooledRow row;
  bool parked = false;
  std::string reason;  // when parked
};

/// What a look at every row came to.
struct Found {
  std::uint64_t damaged = 0;  // rows that fail their checksum; they are left out
  bool whole = true;          // false: a part of the file cannot be read
  std::string problem;        // why
};

struct Verification {
  Found rows;
  std::uint64_t intact = 0;
  std::uint64_t kept = 0;                // damaged rows that were found before, and moved away
  std::vector<std::string> problems;     // SQLite's, of the file
  std::vector<std::string> files_aside;  // damaged files that were set aside before
  [[nodiscard]] bool good() const noexcept { return rows.damaged == 0 && rows.whole && problems.empty(); }
};

/// Each read is a short transaction, so that a running instance is not held up. Not thread-safe.
class SpoolReader {
 public:
  /// `path` is a spool's folder, or a file that was set aside.
  [[nodiscard]] static Result<SpoolReader> open(const std::string& path);
  ~SpoolReader();
  SpoolReader(SpoolReader&&) noexcept;
  SpoolReader& operator=(SpoolReader&&) = delete;

  /// The process of the instance that runs with the folder; 0: none does.
  [[nodiscard]] int owner() const;
  /// Rows in their order. Where a part cannot be read: those before it, then those behind it from the last one back.
  [[nodiscard]] Found for_each(const std::function<void(const StoredEvent&)>& visit);
  [[nodiscard]] Verification verify();

 private:
  struct State;
  explicit SpoolReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::spool
