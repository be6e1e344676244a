#include "app/webhooks.h"

#include <memory>

namespace hookferry::app {

std::vector<http::Route> webhook_routes(const Plan& plan) {
  std::vector<http::Route> routes;
  for (std::size_t i = 0; i < plan.sources.size(); ++i) {
    routes.push_back({plan.sources[i]->path(), "POST", static_cast<SourceId>(i)});
  }
  return routes;
}

http::HandlerFactory webhook_handlers(const Plan& plan, bool publish_conflicts, const pipeline::Intake::Ports& ports,
                                      pipeline::Responder& responder) {
  return [routes = plan.routes, publish_conflicts, ports, &responder](std::size_t) -> http::Handler {
    // Shared only because a std::function is copied; one loop's thread uses it.
    const auto intake = std::make_shared<pipeline::Intake>(routes, publish_conflicts, ports);
    return [intake, &responder](std::size_t route, const http::Request& request) -> std::optional<Answer> {
      const pipeline::Taken taken =
          intake->take(static_cast<SourceId>(route), {request.headers, request.body, request.received, request.ticket});
      if (!taken.outcome) return std::nullopt;
      return responder.finish(taken.waiter, *taken.outcome, {request.body.size(), request.address});
    };
  };
}

}  // namespace hookferry::app
