// Telemetry that remembers.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/text.h"
#include "hookferry/telemetry.h"

namespace hookferry::fakes {

/// Thread-safe. Counts under a text made of the call's name and its labels: "event 0 1 published".
class FakeTelemetry final : public Telemetry {
 public:
  void answered(SourceId source, int code, Duration) noexcept override { count(cat("answered ", source, " ", code)); }
  void rejected(SourceId source, Rejection reason) noexcept override {
    count(cat("rejected ", source, " ", name(reason)));
  }
  void event(SourceId source, EventId event, EventOutcome outcome) noexcept override {
    count(cat("event ", source, " ", event == no_event ? std::string("unknown") : std::to_string(event), " ",
              name(outcome)));
  }
  void secret_matched(SourceId source, std::size_t position) noexcept override {
    count(cat("secret ", source, " ", position));
  }
  void delivered(TopicId topic, Duration) noexcept override { count(cat("delivered ", topic)); }
  void publish_failed(TopicId topic, PublishFailure reason) noexcept override {
    count(cat("failed ", topic, " ", name(reason)));
  }
  void connection_rejected(ConnectionRejection reason) noexcept override { count(cat("connection ", name(reason))); }
  void spool_committed(Duration) noexcept override { count("spool committed"); }
  void spool_failed() noexcept override { count("spool failed"); }

  [[nodiscard]] int counted(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(what);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  void count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }
  mutable std::mutex mutex_;
  std::map<std::string, int> counts_;
};

}  // namespace hookferry::fakes
