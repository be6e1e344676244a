#include "base/log_writer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log_output.h"
#include "base/thread.h"

namespace hookferry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long lines are collected before they are written, and how many such turns without a line put the thread to
/// sleep.
constexpr milliseconds turn(10);
constexpr int turns_until_sleep = 100;
/// How soon a thread that waits for the descriptor sees that it shall stop.
constexpr milliseconds patience(100);
constexpr milliseconds stop_limit(900);
constexpr milliseconds join_limit(1000);

}  // namespace

/// What callers and the thread share. Everything but the atomic is under the mutex.
struct LogWriter::Buffers {
  explicit Buffers(std::size_t size) : capacity(size), front(std::make_unique_for_overwrite<char[]>(size)) {}

  const std::size_t capacity;
  std::mutex mutex;
  std::condition_variable wake;      // the thread waits on it
  std::condition_variable progress;  // those who flush, and the destructor, wait on it

  std::unique_ptr<char[]> front;  // what callers append to
  std::size_t front_size = 0;
  std::size_t waiting = 0;     // bytes: the front's, and those that the thread has taken but not written
  std::uint64_t appended = 0;  // bytes since the start,
  std::uint64_t finished = 0;  // and how many of them are written or given up
  WallTime latest{};           // of the last line
  std::uint64_t overflow = 0;  // lines that found no room since the thread last took some
  std::uint64_t lost = 0;      // lines that were taken and then given up
  std::atomic<std::uint64_t> dropped{0};

  bool asleep = false;                           // the thread waits without a time-out
  bool urgent = false;                           // it shall not wait for more lines
  std::optional<steady_clock::time_point> stop;  // when it shall give up
  bool done = false;

  /// Under the mutex.
  void count_overflow() noexcept {
    ++overflow;
    dropped.fetch_add(1, std::memory_order_relaxed);
  }
};

/// The thread's own side.
class LogWriter::Thread {
 public:
  Thread(std::shared_ptr<Buffers> buffers, int descriptor, DropNotice notice)
      : buffers_(std::move(buffers)),
        output_(descriptor),
        notice_(std::move(notice)),
        back_(std::make_unique_for_overwrite<char[]>(buffers_->capacity)) {}

  void run() {
    while (const std::optional<std::size_t> size = take()) {
      output_.refresh();
      // After a failure the gap comes before these lines, else (a full buffer) after them.
      const bool reported = !failed_ || report_dropped();
      failed_ = !write_lines({back_.get(), *size}, reported) || !report_dropped();
      finish(*size);
    }
    const std::lock_guard lock(buffers_->mutex);
    buffers_->done = true;
    buffers_->progress.notify_all();
  }

 private:
  /// Waits for lines and takes them into back_: their size, or nothing when it is time to end.
  std::optional<std::size_t> take() {
    Buffers& shared = *buffers_;
    std::unique_lock lock(shared.mutex);
    // While the descriptor fails, it is not tried for a notice alone.
    const auto work = [&] { return shared.front_size > 0 || (shared.overflow > 0 && !failed_); };
    const auto hurry = [&] { return shared.urgent || shared.stop; };
    for (int idle = 0; !shared.wake.wait_for(lock, turn, hurry) && !work();) {
      if (++idle < turns_until_sleep) continue;
      shared.asleep = true;
      shared.wake.wait(lock, [&] { return !shared.asleep || hurry(); });
      shared.asleep = false;
      idle = 0;
    }
    if (shared.stop && (!work() || steady_clock::now() >= *shared.stop)) return std::nullopt;
    shared.urgent = false;
    unreported_ += std::exchange(shared.overflow, 0);
    latest_ = shared.latest;
    std::swap(shared.front, back_);
    return std::exchange(shared.front_size, 0);
  }

  /// Writes `text` and tells how much of it; less than all: the descriptor failed, or it is time to end.
  template <class Progress>
  std::size_t write_all(std::string_view text, Progress progress) {
    std::size_t written = 0;
    while (written < text.size()) {
      const LogOutput::Written piece = output_.write(output_.next_piece(text.substr(written)), remaining());
      if (piece.status == LogOutput::Status::failed) break;
      written += piece.size;
      progress(piece.size);
      if (out_of_time()) break;
    }
    if (written > 0) within_line_ = text[written - 1] != '\n';
    return written;
  }

  /// Writes the lines, unless `possible` is false, and counts those that were not written as dropped.
  bool write_lines(std::string_view lines, bool possible) {
    const auto make_room = [this](std::size_t size) {
      const std::lock_guard lock(buffers_->mutex);
      buffers_->waiting -= size;
    };
    lines.remove_prefix(possible ? write_all(lines, make_room) : 0);
    if (lines.empty()) return possible;
    const auto lost = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    unreported_ += lost;
    buffers_->dropped.fetch_add(lost, std::memory_order_relaxed);
    const std::lock_guard lock(buffers_->mutex);
    buffers_->waiting -= lines.size();
    buffers_->lost += lost;
    return false;
  }

  /// Says how many lines were dropped, if any; false when that could not be written.
  bool report_dropped() {
    if (unreported_ == 0) return true;
    std::string line;
    if (within_line_) line.push_back('\n');  // what is there of a line that was cut ends here
    notice_(line, latest_, unreported_);
    if (write_all(line, [](std::size_t) {}) < line.size()) return false;
    unreported_ = 0;
    return true;
  }

  void finish(std::size_t size) {
    const std::lock_guard lock(buffers_->mutex);
    buffers_->finished += size;
    buffers_->progress.notify_all();
  }

  [[nodiscard]] milliseconds remaining() {
    const std::lock_guard lock(buffers_->mutex);
    if (!buffers_->stop) return patience;
    const auto left = std::chrono::duration_cast<milliseconds>(*buffers_->stop - steady_clock::now());
    return std::clamp(left, milliseconds(0), patience);
  }
  [[nodiscard]] bool out_of_time() {
    const std::lock_guard lock(buffers_->mutex);
    return buffers_->stop && steady_clock::now() >= *buffers_->stop;
  }

  const std::shared_ptr<Buffers> buffers_;
  LogOutput output_;
  const DropNotice notice_;
  std::unique_ptr<char[]> back_;
  WallTime latest_{};             // of the last line when lines were last taken
  std::uint64_t unreported_ = 0;  // lines dropped of which no line told yet
  bool failed_ = false;           // the descriptor did not take the last lines
  bool within_line_ = false;      // what was last written did not end a line
};

LogWriter::LogWriter(int descriptor, std::size_t capacity, DropNotice notice)
    : buffers_(std::make_shared<Buffers>(capacity)) {
  auto thread = std::make_unique<Thread>(buffers_, descriptor, std::move(notice));
  thread_ = start_thread("log", [own = std::move(thread)] { own->run(); });
}

LogWriter::~LogWriter() {
  std::unique_lock lock(buffers_->mutex);
  buffers_->stop = steady_clock::now() + stop_limit;
  buffers_->wake.notify_one();
  const bool done = buffers_->progress.wait_for(lock, join_limit, [this] { return buffers_->done; });
  lock.unlock();
  if (done) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::append(std::string_view line, WallTime time) noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(buffers_->mutex);
    Buffers& shared = *buffers_;
    shared.latest = time;
    if (line.size() <= shared.capacity - shared.waiting) {
      std::memcpy(shared.front.get() + shared.front_size, line.data(), line.size());
      shared.front_size += line.size();
      shared.waiting += line.size();
      shared.appended += line.size();
    } else {
      shared.count_overflow();
    }
    wake = shared.asleep || (!shared.urgent && shared.front_size >= shared.capacity / 2);
    shared.asleep = false;
    shared.urgent = shared.urgent || shared.front_size >= shared.capacity / 2;
  }
  if (wake) buffers_->wake.notify_one();
}

void LogWriter::drop() noexcept {
  const std::lock_guard lock(buffers_->mutex);
  buffers_->count_overflow();
}

std::uint64_t LogWriter::dropped() const noexcept {
  return buffers_->dropped.load(std::memory_order_relaxed);
}

bool LogWriter::flush(Duration limit) {
  std::unique_lock lock(buffers_->mutex);
  const std::uint64_t target = buffers_->appended;
  const std::uint64_t lost = buffers_->lost;
  buffers_->urgent = true;
  buffers_->wake.notify_one();
  return buffers_->progress.wait_for(lock, limit, [&] { return buffers_->finished >= target; }) &&
         buffers_->lost == lost;
}

}  // namespace hookferry
