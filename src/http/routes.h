// Which path is served how: an exact match of the whole path.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/front.h"

namespace hookferry::http {

/// Immutable, so thread-safe.
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (std::size_t i = 0; i < routes_.size(); ++i) by_path_.emplace(routes_[i].path, i);
  }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view path) const {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] const Route& operator[](std::size_t route) const { return routes_[route]; }
  /// The source of an exact match, else `no_source`.
  [[nodiscard]] SourceId source(std::string_view path) const {
    const auto route = find(path);
    return route ? routes_[*route].source : no_source;
  }
  [[nodiscard]] static bool allows(const Route& route, std::string_view method) {
    return method == route.method || (method == "HEAD" && route.method == "GET");
  }

 private:
  std::vector<Route> routes_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
};

}  // namespace hookferry::http
