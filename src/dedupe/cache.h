// What was seen: a bounded cache of claims with a time to live, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "dedupe/index.h"
#include "hookferry/claims.h"
#include "hookferry/clock.h"

namespace hookferry::dedupe {

struct Options {
  Duration ttl = std::chrono::hours(24);  // from the commit, or from the time of what was read back
  std::size_t max_entries = 1000000;      // pending ones included; beyond it the oldest committed go
};

struct Stats {
  std::uint64_t entries = 0;
  std::uint64_t capacity = 0;
  std::uint64_t evictions = 0;  // those that went before their time
  Duration horizon{};           // how far back nothing is missing: the TTL, or less after a restart or an eviction
};

/// Where a sighting comes from.
enum class Origin : std::uint8_t {
  kafka,  // a record: the event is published
  spool,  // a row: the event is durable, and yet to be published
};

/// 48 bytes an entry and 5 to 11 for its place in the index; memory is in use only as it fills. Every call takes one
/// lock, for well under a microsecond: expiry is done in small steps by those who add. Thread-safe. `clock` must
/// outlive it; its time of day only tells the age of what is read back.
class Cache final : public Claims {
 public:
  Cache(const Options& options, const Clock& clock);

  [[nodiscard]] Sighting look(const ClaimKey& key) const noexcept override;
  [[nodiscard]] Sighting claim(const ClaimKey& key, FlightId flight, bool despite_conflict) noexcept override;
  void commit(const ClaimKey& key, FlightId flight) noexcept override;
  void release(const ClaimKey& key, FlightId flight) noexcept override;
  [[nodiscard]] bool published(const ClaimKey& key) const noexcept override;

  /// Takes in an event that is durable since `time`, in any order: the TTL counts from then, from now if that is still
  /// to come. What is pending stays pending, but a release of it becomes a commit when the sighting is of Kafka. What
  /// is older than all that a full cache has is left out.
  void remember(const ClaimKey& key, WallTime time, Origin origin) noexcept;
  /// Says how far back all that was published is known: nothing at a start, more when records have been read back.
  /// Before the first call nothing is taken to be missing.
  void known_for(Duration back) noexcept;
  /// Whether every entry is in use.
  [[nodiscard]] bool full() const noexcept;

  [[nodiscard]] Stats stats() const noexcept;

 private:
  using Position = Index::Position;
  struct Entry {
    Id128 conflict;
    Id128 id;
    std::uint64_t flight_or_commit;  // pending: the flight; durable: nanoseconds since `origin_`
    Position next;                   // in its bucket, or in the free list; plus one, 0: none
    bool pending;
    bool seen;  // a record of it, in Kafka
  };
  static_assert(sizeof(Entry) == 48);
  /// The entries committed in one minute, as a list in the order of their arrival.
  struct Bucket {
    Position head = 0;
    Position tail = 0;
  };

  [[nodiscard]] std::uint64_t now() const noexcept;
  [[nodiscard]] Sighting find(const ClaimKey& key, std::uint64_t now) const noexcept;
  [[nodiscard]] Entry* find_entry(const ClaimKey& key, std::uint64_t now) const noexcept;
  [[nodiscard]] Position find_pending(const ClaimKey& key, FlightId flight) const noexcept;
  [[nodiscard]] bool allocate(std::uint64_t now, Position& position) noexcept;
  [[nodiscard]] bool room_for(std::uint64_t commit) noexcept;
  void commit_at(Position position, std::uint64_t time) noexcept;
  void free(Position position) noexcept;
  [[nodiscard]] Bucket& bucket(std::uint64_t minute) noexcept { return buckets_[minute % buckets_.size()]; }
  void append(Position position) noexcept;
  [[nodiscard]] Position take_oldest(Bucket& list) noexcept;
  void expire_some(std::uint64_t now) noexcept;
  [[nodiscard]] bool evict(std::uint64_t now) noexcept;
  void goes_missing(std::uint64_t commit) noexcept;

  const std::uint64_t ttl_;  // nanoseconds
  const std::size_t capacity_;
  const Clock& clock_;
  const MonotonicTime origin_;  // a TTL before the start: what is read back is from after it

  mutable std::mutex mutex_;
  Index index_;
  LazyArray<Entry> entries_;
  std::size_t used_ = 0;   // entries ever handed out
  std::size_t count_ = 0;  // entries in use
  Position free_ = 0;      // plus one, 0: none
  std::vector<Bucket> buckets_;
  std::uint64_t oldest_minute_ = 0;  // no bucket before it holds anything
  std::uint64_t evictions_ = 0;
  std::uint64_t unread_ = 0;   // until when there may be events that were not read back; 0: never
  std::uint64_t evicted_ = 0;  // when the newest was committed that was evicted or found no room; 0: none was
};

}  // namespace hookferry::dedupe
