#include "dedupe/cache.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace hookferry::dedupe {
namespace {

constexpr std::uint64_t minute_length = 60'000'000'000;  // nanoseconds
/// Expired entries that adding one removes: more than it adds, so that expiry keeps up and nobody waits for it.
constexpr int expiry_step = 4;

/// The keys are SHA-256 already: eight of its bytes are as good a hash as any.
std::uint64_t hash_of(const Id128& id) noexcept {
  std::uint64_t hash;
  std::memcpy(&hash, id.data(), sizeof hash);
  return hash;
}

}  // namespace

Cache::Cache(const Options& options, const Clock& clock)
    : ttl_(static_cast<std::uint64_t>(options.ttl.count())),
      capacity_(options.max_entries),
      clock_(clock),
      origin_(clock.monotonic() - options.ttl - Duration(minute_length)),
      index_(options.max_entries),
      entries_(lazy_array<Entry>(options.max_entries)),
      buckets_(ttl_ / minute_length + 3) {
  HOOKFERRY_CHECK(capacity_ > 0 && capacity_ < UINT32_MAX && entries_ != nullptr);
}

std::uint64_t Cache::now() const noexcept {
  return static_cast<std::uint64_t>((clock_.monotonic() - origin_).count());
}

Sighting Cache::find(const ClaimKey& key, std::uint64_t now) const noexcept {
  Sighting found;
  index_.probe(hash_of(key.conflict), [&](Position position) {
    const Entry& entry = entries_[position];
    if (entry.conflict != key.conflict) return false;
    const bool same = entry.id == key.id;
    if (entry.pending) {
      found = {same ? Sighting::Kind::pending : Sighting::Kind::conflict_pending, entry.flight_or_commit, {}};
      return same;
    }
    if (entry.flight_or_commit + ttl_ <= now) return false;
    const Duration age(static_cast<Duration::rep>(now - entry.flight_or_commit));
    if (same) {
      found = {Sighting::Kind::durable, 0, age};
    } else if (found.kind == Sighting::Kind::none) {
      found = {Sighting::Kind::conflict_durable, 0, age};
    }
    return same;
  });
  return found;
}

Sighting Cache::look(const ClaimKey& key) const noexcept {
  const std::lock_guard lock(mutex_);
  return find(key, now());
}

Sighting Cache::claim(const ClaimKey& key, FlightId flight, bool despite_conflict) noexcept {
  const std::lock_guard lock(mutex_);
  const std::uint64_t time = now();
  expire_some(time);
  const Sighting found = find(key, time);
  const bool free_to_claim =
      found.kind == Sighting::Kind::none || (found.kind == Sighting::Kind::conflict_durable && despite_conflict);
  if (!free_to_claim) return found;
  Position position = 0;
  if (!allocate(time, position)) return {Sighting::Kind::full, 0, {}};
  entries_[position] = {key.conflict, key.id, flight, 0, true, false};
  index_.insert(hash_of(key.conflict), position);
  return {};
}

Cache::Position Cache::find_pending(const ClaimKey& key, FlightId flight) const noexcept {
  Position found = 0;
  bool there = false;
  index_.probe(hash_of(key.conflict), [&](Position position) {
    const Entry& entry = entries_[position];
    there = entry.pending && entry.flight_or_commit == flight && entry.id == key.id && entry.conflict == key.conflict;
    found = position;
    return there;
  });
  HOOKFERRY_CHECK(there);  // only whoever claimed commits or releases, once
  return found;
}

void Cache::commit(const ClaimKey& key, FlightId flight) noexcept {
  const std::lock_guard lock(mutex_);
  commit_at(find_pending(key, flight), now());
}

void Cache::commit_at(Position position, std::uint64_t time) noexcept {
  entries_[position].pending = false;
  entries_[position].flight_or_commit = time;
  append(position);
}

void Cache::release(const ClaimKey& key, FlightId flight) noexcept {
  const std::lock_guard lock(mutex_);
  const Position position = find_pending(key, flight);
  if (entries_[position].seen) {
    commit_at(position, now());
  } else {
    free(position);
  }
}

Cache::Entry* Cache::find_entry(const ClaimKey& key, std::uint64_t now) const noexcept {
  Entry* found = nullptr;
  index_.probe(hash_of(key.conflict), [&](Position position) {
    Entry& entry = entries_[position];
    if (entry.id != key.id || entry.conflict != key.conflict) return false;
    if (!entry.pending && entry.flight_or_commit + ttl_ <= now) return false;
    found = &entry;
    return true;
  });
  return found;
}

bool Cache::published(const ClaimKey& key) const noexcept {
  const std::lock_guard lock(mutex_);
  const Entry* const entry = find_entry(key, now());
  return entry != nullptr && entry->seen;
}

void Cache::remember(const ClaimKey& key, WallTime time, Origin origin) noexcept {
  const auto age = static_cast<std::uint64_t>(std::max(clock_.wall() - time, Duration::zero()).count());
  const bool of_kafka = origin == Origin::kafka;
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = this->now();
  expire_some(now);
  if (Entry* const known = find_entry(key, now); known != nullptr) {
    known->seen = known->seen || of_kafka;
    return;
  }
  if (age >= ttl_) return;
  const std::uint64_t commit = now - age;
  Position position = 0;
  if (!room_for(commit) || !allocate(now, position)) return goes_missing(commit);
  entries_[position] = {key.conflict, key.id, commit, 0, false, of_kafka};
  index_.insert(hash_of(key.conflict), position);
  append(position);
}

void Cache::known_for(Duration back) noexcept {
  const std::lock_guard lock(mutex_);
  unread_ = now() - std::min(ttl_, static_cast<std::uint64_t>(back.count()));
}

bool Cache::full() const noexcept {
  const std::lock_guard lock(mutex_);
  return count_ == capacity_;
}

/// Whether there is an entry to be had for what was committed then: what is older does not drive out what is newer.
bool Cache::room_for(std::uint64_t commit) noexcept {
  if (count_ < capacity_) return true;
  for (std::uint64_t minute = oldest_minute_; minute < commit / minute_length; ++minute) {
    if (bucket(minute).head != 0) return true;
  }
  return false;
}

bool Cache::allocate(std::uint64_t now, Position& position) noexcept {
  if (free_ == 0 && used_ == capacity_ && !evict(now)) return false;
  if (free_ != 0) {
    position = free_ - 1;
    free_ = entries_[position].next;
  } else {
    position = static_cast<Position>(used_++);
  }
  ++count_;
  return true;
}

void Cache::free(Position position) noexcept {
  index_.erase(hash_of(entries_[position].conflict), position,
               [this](Position other) { return hash_of(entries_[other].conflict); });
  entries_[position].next = free_;
  free_ = position + 1;
  --count_;
}

void Cache::append(Position position) noexcept {
  // After a long silence the ring may still hold expired minutes: what would lap them waits in its last bucket, and is
  // moved on by expire_some.
  const std::uint64_t minute = std::min<std::uint64_t>(entries_[position].flight_or_commit / minute_length,
                                                       oldest_minute_ + buckets_.size() - 1);
  // What is read back may be from before all that there is. It is within the TTL, and so within the ring.
  oldest_minute_ = std::min(oldest_minute_, minute);
  Bucket& list = bucket(minute);
  entries_[position].next = 0;
  if (list.tail != 0) {
    entries_[list.tail - 1].next = position + 1;
  } else {
    list.head = position + 1;
  }
  list.tail = position + 1;
}

Cache::Position Cache::take_oldest(Bucket& list) noexcept {
  const Position position = list.head - 1;
  list.head = entries_[position].next;
  if (list.head == 0) list.tail = 0;
  return position;
}

void Cache::expire_some(std::uint64_t now) noexcept {
  int left = expiry_step;
  // A bucket goes when the last moment of its minute is a TTL ago.
  while ((oldest_minute_ + 1) * minute_length + ttl_ <= now) {
    Bucket& oldest = bucket(oldest_minute_);
    for (; oldest.head != 0; --left) {
      if (left == 0) return;
      const Position position = take_oldest(oldest);
      if (entries_[position].flight_or_commit + ttl_ > now) {
        append(position);
      } else {
        free(position);
      }
    }
    ++oldest_minute_;
  }
}

bool Cache::evict(std::uint64_t now) noexcept {
  for (std::uint64_t minute = oldest_minute_; minute <= now / minute_length; ++minute) {
    Bucket& oldest = bucket(minute);
    if (oldest.head == 0) continue;
    oldest_minute_ = minute;
    const std::uint64_t committed = entries_[oldest.head - 1].flight_or_commit;
    if (committed + ttl_ > now) {
      ++evictions_;
      goes_missing(committed);
    }
    free(take_oldest(oldest));
    return true;
  }
  return false;
}

void Cache::goes_missing(std::uint64_t commit) noexcept {
  evicted_ = std::max(evicted_, commit);
}

Stats Cache::stats() const noexcept {
  const std::lock_guard lock(mutex_);
  const std::uint64_t horizon = std::min(ttl_, now() - std::max(unread_, evicted_));
  return {count_, capacity_, evictions_, Duration(static_cast<Duration::rep>(horizon))};
}

}  // namespace hookferry::dedupe
