// Counts nothing.
#pragma once

#include "hookferry/telemetry.h"

namespace hookferry::app {

/// For the admin port, whose requests are not the senders', and for what has no /metrics.
class NoTelemetry final : public Telemetry {
 public:
  void answered(SourceId, int, Duration) noexcept override {}
  void rejected(SourceId, Rejection) noexcept override {}
  void event(SourceId, EventId, EventOutcome) noexcept override {}
  void secret_matched(SourceId, std::size_t) noexcept override {}
  void delivered(TopicId, Duration) noexcept override {}
  void publish_failed(TopicId, PublishFailure) noexcept override {}
  void connection_rejected(ConnectionRejection) noexcept override {}
  void spool_committed(Duration) noexcept override {}
  void spool_failed() noexcept override {}
};

}  // namespace hookferry::app
