// The admin port: metrics, health, status. Never for the internet.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/readiness.h"
#include "http/front.h"

namespace hookferry::app {

/// What the admin port asks the bridge for. Thread-safe.
struct AdminPorts {
  std::function<std::string()> metrics;
  std::function<Readiness()> readiness;
  std::function<std::string()> status;
};

[[nodiscard]] std::vector<http::Route> admin_routes();
[[nodiscard]] http::HandlerFactory admin_handlers(AdminPorts ports);

}  // namespace hookferry::app
