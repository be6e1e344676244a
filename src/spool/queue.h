// What waits for the disk, and what is known of the disk: all that callers and the writer's thread share.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hookferry/clock.h"
#include "hookferry/spool.h"
#include "spool/space.h"
#include "spool/sqlite_spool.h"

namespace hookferry::spool {

struct Insert {
  const Record* record = nullptr;
  RowContext context;
  std::uint64_t cookie = 0;
};
struct Removal {
  enum class Kind : std::uint8_t { erase, park, damaged };
  RowId row = 0;
  Kind kind = Kind::erase;
  std::string reason;      // of a park
  std::uint64_t size = 0;  // of what is kept of a damaged row
};
struct Retry {
  std::string topic;
  SqliteSpool::Retried retried;
};

/// What one commit takes.
struct Group {
  std::vector<Insert> inserts;
  std::vector<Removal> removals;
  [[nodiscard]] bool empty() const noexcept { return inserts.empty() && removals.empty(); }
  [[nodiscard]] Cost cost() const noexcept;
};

/// Thread-safe. The functions for the writer are for its thread.
class Queue {
 public:
  explicit Queue(std::uint64_t max_size);

  [[nodiscard]] bool insert(const Insert& insert);
  /// False where a damaged row was to go already, as another reader has seen.
  bool remove(Removal removal);
  void retry(Retry retry);
  void set_topics(std::vector<std::string> names);
  using Topics = std::shared_ptr<const std::vector<std::string>>;
  [[nodiscard]] Topics topics() const;
  bool flush(Duration limit);
  [[nodiscard]] Health health() const;
  [[nodiscard]] Stats stats() const;
  void stop();

  /// What a reader may see: rows up to `until`, without those that are to go.
  struct View {
    bool open = false;  // false: the disk failed
    RowId until = 0;
    std::set<RowId> without;  // of those behind the row that was asked from
    std::string topic;        // empty: there is none of that id
  };
  [[nodiscard]] View view(TopicId topic, RowId after) const;
  void count_error();
  void count_lost(std::uint64_t rows);
  /// A reader found the file damaged.
  void suspect();

  // For the writer.
  enum class Work : std::uint8_t {
    some,
    none,  // the limit passed
    end,   // it is to stop, and nothing is left
  };
  /// Waits for something to do; for at most `limit` if there is one. With `regardless` what is queued counts not, since
  /// it cannot be done now.
  [[nodiscard]] Work wait(std::optional<Duration> limit, bool regardless);
  [[nodiscard]] Group take(std::uint64_t max_bytes, std::size_t max_removals);
  [[nodiscard]] std::optional<Retry> take_retry();
  [[nodiscard]] bool take_suspicion();
  /// All inserts that wait: they are to be reported as failed.
  [[nodiscard]] std::vector<Insert> take_inserts();
  /// The removals come again.
  void give_back(std::vector<Removal> removals);
  /// Rows that are gone now; what is queued for others stays.
  void removed(const std::vector<Removal>& removals);
  /// None of the rows is there any more: neither are those that were to go.
  void forget_removals();
  /// Inserts that were taken have been reported, removals are done.
  void done(std::size_t inserts, std::size_t removals);
  void retry_done();
  void show(RowId until);
  void set_failed(std::string text);
  /// Full, although there are few rows.
  void set_blocked(std::string text);
  /// The disk works; `used` is of the file.
  struct Numbers {
    std::uint64_t unsent = 0;
    std::uint64_t parked = 0;
    std::uint64_t used = 0;
    std::uint64_t log = 0;
    std::optional<WallTime> oldest;
  };
  void set_numbers(const Numbers& numbers);
  /// Ends `failed` and `blocked`.
  void set_works();

 private:
  [[nodiscard]] bool idle() const noexcept;
  [[nodiscard]] std::uint64_t room() const noexcept;

  const Shares shares_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable progress_;
  std::deque<Insert> inserts_;
  std::deque<Removal> removals_;
  std::deque<Retry> retries_;
  std::set<RowId> leaving_;  // rows that are to go, until they have
  Topics topics_;
  std::uint64_t queued_bytes_ = 0;  // of inserts that are not reported yet, once written
  std::uint64_t used_ = 0;
  std::uint64_t inserts_asked_ = 0, inserts_done_ = 0;
  std::uint64_t removals_asked_ = 0, removals_done_ = 0;
  std::uint64_t retries_asked_ = 0, retries_done_ = 0;
  RowId until_ = 0;
  Health health_;
  Stats stats_;
  bool blocked_ = false;
  bool suspicion_ = false;
  bool stopping_ = false;
};

}  // namespace hookferry::spool
