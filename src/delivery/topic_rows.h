// What the spool holds of one topic, and whether new events go to it or to Kafka.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include "hookferry/clock.h"
#include "hookferry/spool.h"

namespace hookferry::delivery {

/// Of new events of a topic. The numbers are those of hookferry_topic_mode.
enum class Mode : std::uint8_t {
  direct = 0,    // they go to Kafka; always so without a spool
  spooling = 1,  // each is only a row, until Kafka has been handed all rows before it
};

/// Guarded by its lane's mutex. Rows are HELD where the client has a copy, else UNSENT; both only here: after a restart
/// every row is UNSENT, since no client has it.
struct TopicRows {
  Mode mode = Mode::direct;
  /// Kafka has taken a record since the mode began: rows may follow. Before that, what the client holds is the probe,
  /// or one row is sent as one.
  bool draining = false;
  std::uint64_t unsent = 0;
  RowId handed = 0;     // every UNSENT row is behind it
  RowId committed = 0;  // no row behind it was reported by the spool: it may still belong to a flight without a row
  std::unordered_set<RowId> held;
  /// While the spool is read without the lock: what was HELD and is over since, though it may be among what was read.
  std::optional<std::unordered_set<RowId>> over;
  MonotonicTime try_at;  // when the next row may be sent as probe, or the spool read again after an error
  Duration back_off{};

  /// A HELD row that is to be erased or parked.
  void end(RowId row) {
    held.erase(row);
    if (over) over->insert(row);
  }

  void try_later(MonotonicTime now) noexcept {
    if (now < try_at) return;  // one of those that were under way together
    constexpr Duration first = std::chrono::milliseconds(100);
    constexpr Duration last = std::chrono::seconds(60);
    back_off = back_off == Duration() ? first : std::min<Duration>(back_off * 2, last);
    try_at = now + back_off;
  }
};

}  // namespace hookferry::delivery
