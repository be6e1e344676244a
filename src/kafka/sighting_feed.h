// From records to sightings. Private to this room.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "hookferry/clock.h"
#include "hookferry/sightings.h"

namespace hookferry::kafka {

/// Hands on what records tell. One that has no valid `hookferry-dedupe` header is passed over and counted; the first
/// one is named in the log. For one thread, the counts for any. What it is given must outlive it.
class SightingFeed {
 public:
  SightingFeed(Sightings& sightings, Log& log, const Clock& clock) : sightings_(sightings), log_(log), clock_(clock) {}

  struct Headers {
    std::string_view dedupe;  // empty: there is none
    std::string_view id;
  };
  /// `time` is absent where the broker keeps none: then it is taken to be of now.
  void take(std::string_view topic, std::int32_t partition, std::int64_t offset, std::optional<WallTime> time,
            const Headers& headers) noexcept;

  [[nodiscard]] bool full() const noexcept { return sightings_.full(); }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t passed_over() const noexcept { return passed_over_; }

 private:
  Sightings& sightings_;
  Log& log_;
  const Clock& clock_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> passed_over_{0};
};

}  // namespace hookferry::kafka
