#include "kafka/sighting_feed.h"

#include "base/text.h"
#include "kafka/seen_record.h"

namespace hookferry::kafka {

void SightingFeed::take(std::string_view topic, std::int32_t partition, std::int64_t offset,
                        std::optional<WallTime> time, const Headers& headers) noexcept {
  if (const auto key = parse_seen(headers.dedupe, headers.id)) {
    sightings_.seen({*key, time ? *time : clock_.wall()});
    taken_.store(taken_ + 1, std::memory_order_relaxed);
    return;
  }
  if (passed_over_ == 0) {
    log_.warn(cat("tail: record ", offset, " of topic ", topic, "[", partition, "] has no ",
                  headers.dedupe.empty() ? "" : "valid ", dedupe_header,
                  " header, so it is not remembered: hookferry did not write it, or a newer one did; further ones are ",
                  "only counted (/status)"));
  }
  passed_over_.store(passed_over_ + 1, std::memory_order_relaxed);
}

}  // namespace hookferry::kafka
