// Collects what is wrong with a configuration, so that all of it is told at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/document.h"

namespace hookferry::config {

/// Where a thing was said: a place in the file, or an argument or variable by its name.
struct Where {
  std::optional<Place> place;
  std::string name;  // where there is no place: "--listen", "-X acks"; empty: nowhere in particular
};
[[nodiscard]] inline Where in_file(Place place) {
  return {place, {}};
}
[[nodiscard]] inline Where at_argument(std::string name) {
  return {std::nullopt, std::move(name)};
}

/// Not thread-safe.
class Problems {
 public:
  void error(const Where& where, std::string message) { add(Problem::Severity::error, where, std::move(message)); }
  void warning(const Where& where, std::string message) { add(Problem::Severity::warning, where, std::move(message)); }
  [[nodiscard]] bool has_error() const;
  /// In the order of `text`, each with its line; then those without a place, in the order they were found.
  [[nodiscard]] std::vector<Problem> in_order(const std::string& file, std::string_view text, const Node& root) const;

 private:
  struct Found {
    Problem::Severity severity;
    Where where;
    std::string message;
  };
  void add(Problem::Severity severity, const Where& where, std::string message) {
    found_.push_back({severity, where, std::move(message)});
  }
  std::vector<Found> found_;
};

}  // namespace hookferry::config
