// The seam to cpp-httplib: the one place that knows it. cpp-httplib gets one canonical request at a time, in memory,
// and never a byte that this room has not framed; it parses, decodes the path, routes, and calls our handler.
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "http/front.h"
#include "http/routes.h"

namespace hookferry::http {

/// Not thread-safe: one per loop. The log must outlive it.
class Bridge {
 public:
  struct Outcome {
    std::optional<Answer> answer;  // nullopt: the handler holds the request
    SourceId source = no_source;
  };

  Bridge(std::shared_ptr<const RouteTable> routes, Handler handler, Log& log);
  ~Bridge();

  /// From the next request on. Not from within a handler.
  void serve(std::shared_ptr<const RouteTable> routes, Handler handler);
  [[nodiscard]] const RouteTable& routes() const noexcept;

  /// Runs one framed request through cpp-httplib. `raw_path` is the path as sent, less the query; the handler sees what
  /// cpp-httplib decoded of it, and everything else of `request` as it is here. Neither headers nor body go through
  /// cpp-httplib: it would percent-decode the ones and copy the other. A handler that throws is a 503.
  [[nodiscard]] Outcome handle(const Request& request, std::string_view raw_path);

 private:
  /// cpp-httplib makes its tables at its first request: here, before there are threads, rather than for a client.
  void warm_up();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::http
