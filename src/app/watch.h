// Tells when the content of the files that a configuration was read from has changed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/config.h"
#include "hookferry/bytes.h"

namespace hookferry::app {

/// What files held when they were looked at, by path: a digest, so that no secret is kept.
using Contents = std::map<std::string, Digest>;

/// An environment that notes which files are read through it, and what they held. Not thread-safe.
class NotedEnvironment final : public config::Environment {
 public:
  enum class Reading {
    first,  // at the start
    again,  // refuses what can be read only once, such as a pipe, rather than wait for it
  };
  /// `environment` must outlive it.
  NotedEnvironment(const config::Environment& environment, Reading reading)
      : environment_(environment), reading_(reading) {}

  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;

  [[nodiscard]] const Contents& contents() const noexcept { return contents_; }

 private:
  const config::Environment& environment_;
  const Reading reading_;
  mutable Contents contents_;
};

/// Looks at files again and again. The content alone decides: ConfigMaps and Secrets are replaced by swapping symbolic
/// links, and times and sizes of what they point to say little. What can be read only once is not looked at. Not
/// thread-safe.
class FileWatch {
 public:
  /// `environment` must outlive it.
  explicit FileWatch(const config::Environment& environment) : environment_(environment) {}

  /// What the configuration was last read from, whether it was valid or not.
  void expect(Contents contents);

  /// Looks once: true when the files are other than expected, and the same as at the look before: what is half-written,
  /// or missing between two steps of a replacement, is given the time between two looks to settle.
  [[nodiscard]] bool changed();

 private:
  const config::Environment& environment_;
  Contents expected_;
  Contents seen_;
};

}  // namespace hookferry::app
