// The buffer between those who log and the one thread that writes. Inside base/log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "hookferry/clock.h"

namespace hookferry {

/// Thread-safe. Two buffers: callers append to one while the thread writes the other. The thread looks every few
/// milliseconds while there is something to do, so a line costs its caller a short lock and a memcpy, no system call,
/// but for the first line after a second of silence, which wakes it.
class LogWriter {
 public:
  /// Makes the line that says how many were dropped, at the time of the last line. Called by the writing thread,
  /// perhaps after the LogWriter is gone: it must own what it uses.
  using DropNotice = std::function<void(std::string& out, WallTime time, std::uint64_t count)>;

  /// `descriptor` is not owned, and its flags are left alone: it is shared with other processes. `capacity` bounds the
  /// bytes that wait; the buffers take that much each, of which only what was ever used is resident.
  LogWriter(int descriptor, std::size_t capacity, DropNotice notice);
  /// Writes what is left for at most a second. A thread that hangs in a write then is left behind.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// `line` ends in its line break, the only one. Never blocks: what does not fit is dropped and counted.
  void append(std::string_view line, WallTime time) noexcept;
  /// Counts a line that could not even be made.
  void drop() noexcept;
  /// Lines dropped since the start: those that did not fit, and those that the descriptor did not take.
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  /// Waits for at most `limit` until what was appended before is written; whether all of it was.
  bool flush(Duration limit);

 private:
  struct Buffers;
  class Thread;
  // Shared with the thread, which may outlive this.
  std::shared_ptr<Buffers> buffers_;
  std::thread thread_;
};

}  // namespace hookferry
