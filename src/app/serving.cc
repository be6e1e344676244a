#include "app/serving.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.h"

namespace hookferry::app {
namespace {

using pipeline::EventRoute;
using pipeline::SourceRoute;

const Served* find_source(const std::vector<Served>& served, SourceId id) {
  const auto found = std::ranges::find(served, id, [](const Served& entry) { return entry.route.id; });
  return found == served.end() ? nullptr : &*found;
}

const Served* find_path(const std::vector<Served>& served, const std::string& path) {
  const auto found = std::ranges::find(served, path, &Served::path);
  return found == served.end() ? nullptr : &*found;
}

bool all_there(const SourceRoute& route, const std::function<bool(TopicId)>& there) {
  return there(route.quarantine) &&
         std::ranges::all_of(route.events, [&](const EventRoute& event) { return there(event.topic); });
}

bool was_open(const SourceRoute& before, EventId event) {
  return std::ranges::any_of(before.events, [&](const EventRoute& way) { return way.id == event && way.open; });
}

/// A source that is served: only its new events have to wait for their topics.
SourceRoute open_events(SourceRoute route, const SourceRoute& before, const std::function<bool(TopicId)>& there,
                        std::vector<std::string>& waiting) {
  for (std::size_t i = 0; i < route.events.size(); ++i) {
    EventRoute& event = route.events[i];
    event.open = was_open(before, event.id) || there(event.topic);
    if (!event.open) waiting.push_back(cat("event ", route.source->events()[i], " of source ", route.source->name()));
  }
  return route;
}

}  // namespace

Serving serve_all(const Plan& plan) {
  Serving serving;
  for (const SourceRoute& route : plan.routes) serving.served.push_back({route.source->path(), route});
  return serving;
}

Serving serve_what_is_there(const Plan& plan, const Serving& now, const std::function<bool(TopicId)>& there) {
  Serving next;
  std::vector<const SourceRoute*> closed;
  for (const SourceRoute& route : plan.routes) {
    const std::string& path = route.source->path();
    if (const Served* const before = find_source(now.served, route.id)) {
      next.served.push_back({path, open_events(route, before->route, there, next.waiting)});
    } else if (all_there(route, there)) {
      next.served.push_back({path, route});
    } else {
      closed.push_back(&route);
      next.waiting.push_back(cat("source ", route.source->name(), " (POST ", path, ")"));
    }
  }
  for (const SourceRoute* const route : closed) {
    const Served* const before = find_path(now.served, route->source->path());
    if (before == nullptr) continue;
    const Served* const same = find_source(next.served, before->route.id);
    const SourceRoute kept = same == nullptr ? before->route : same->route;
    next.served.push_back({route->source->path(), kept});
  }
  return next;
}

std::vector<http::Route> webhook_routes(const Serving& serving) {
  std::vector<http::Route> routes;
  for (const Served& entry : serving.served) routes.push_back({entry.path, "POST", entry.route.id});
  return routes;
}

http::HandlerFactory webhook_handlers(const Serving& serving, bool publish_conflicts,
                                      const pipeline::Intake::Ports& ports, pipeline::Responder& responder) {
  std::vector<SourceRoute> routes;
  for (const Served& entry : serving.served) routes.push_back(entry.route);
  return [routes = std::move(routes), publish_conflicts, ports, &responder](std::size_t) -> http::Handler {
    // Shared only because a std::function is copied; one loop's thread uses it.
    const auto intake = std::make_shared<pipeline::Intake>(routes, publish_conflicts, ports);
    return [intake, &responder](std::size_t route, const http::Request& request) -> std::optional<Answer> {
      const pipeline::Taken taken =
          intake->take(route, {request.headers, request.body, request.address, request.received, request.ticket});
      if (!taken.outcome) return std::nullopt;
      return responder.finish(taken.waiter, *taken.outcome, {request.body.size(), request.address});
    };
  };
}

}  // namespace hookferry::app
