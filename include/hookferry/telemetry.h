// The port through which every room counts: one call per thing that happened. Sizes and states are asked for at scrape.
#pragma once

#include <cstdint>
#include <string_view>

#include "hookferry/clock.h"
#include "hookferry/outcome.h"

namespace hookferry {

/// Labels of hookferry_publish_failures_total{reason}.
enum class PublishFailure : std::uint8_t {
  timeout,
  broker_down,
  not_authorized,
  unknown_topic,
  too_large,
  fatal,
  unproven,
  other
};
inline constexpr std::string_view publish_failure_names[] = {
    "timeout", "broker_down", "not_authorized", "unknown_topic", "too_large", "fatal", "unproven", "other"};
/// Labels of hookferry_connections_rejected_total{reason}.
enum class ConnectionRejection : std::uint8_t {
  limit,
  address_limit,
  accept_error,
  buffer_limit,
  tls_handshake,
  idle,          // closed between two requests, to make room for another
  proxy_header,  // a trusted proxy sent a PROXY header that is none, or not all of it
  idle_timeout,
  unread_answer,  // the client did not read its answer in time
};
inline constexpr std::string_view connection_rejection_names[] = {"limit",        "address_limit", "accept_error",
                                                                  "buffer_limit", "tls_handshake", "idle",
                                                                  "proxy_header", "idle_timeout",  "unread_answer"};

[[nodiscard]] constexpr std::string_view name(PublishFailure value) {
  return publish_failure_names[static_cast<std::size_t>(value)];
}
[[nodiscard]] constexpr std::string_view name(ConnectionRejection value) {
  return connection_rejection_names[static_cast<std::size_t>(value)];
}

/// The source of a request whose path matched none.
inline constexpr SourceId no_source = 0xffff;

/// Thread-safe; every call is wait-free or nearly so.
class Telemetry {
 public:
  virtual ~Telemetry() = default;
  /// A request was answered; `duration` from its last byte in to the answer's first byte out.
  virtual void answered(SourceId source, int code, Duration duration) noexcept = 0;
  virtual void rejected(SourceId source, Rejection reason) noexcept = 0;
  virtual void event(SourceId source, EventId event, EventOutcome outcome) noexcept = 0;
  /// `position` of the secret in the source's list, from 0.
  virtual void secret_matched(SourceId source, std::size_t position) noexcept = 0;
  virtual void delivered(TopicId topic, Duration duration) noexcept = 0;
  virtual void publish_failed(TopicId topic, PublishFailure reason) noexcept = 0;
  virtual void connection_rejected(ConnectionRejection reason) noexcept = 0;
  /// What was queued for the spool is on the disk, fsync included.
  virtual void spool_committed(Duration duration) noexcept = 0;
  /// The spool's disk did not do what was asked.
  virtual void spool_failed() noexcept = 0;
};

}  // namespace hookferry
