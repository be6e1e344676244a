// The admin port: metrics, health, status. Never for the internet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/readiness.h"
#include "http/front.h"

namespace hookferry::app {

/// What the admin port asks the bridge for. Thread-safe.
struct AdminPorts {
  std::function<std::string()> metrics;
  std::function<Readiness()> readiness;
  std::function<std::string()> status;
  /// Given a topic's name or nothing; how many events are parked, nothing without a spool.
  std::function<std::optional<std::uint64_t>(std::string_view)> retry_parked;
};

[[nodiscard]] std::vector<http::Route> admin_routes();
[[nodiscard]] http::HandlerFactory admin_handlers(AdminPorts ports);

}  // namespace hookferry::app
