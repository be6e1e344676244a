#include "app/admin.h"

#include <utility>

#include "base/text.h"

namespace hookferry::app {
namespace {

enum Page : std::size_t { metrics, livez, readyz, status, spool_retry };

Answer page(int code, std::string_view content_type, std::string body) {
  Answer answer;
  answer.status = code;
  answer.content_type = content_type;
  answer.body = std::move(body);
  return answer;
}

Answer retry(const AdminPorts& ports, std::string_view topic) {
  constexpr std::string_view json = "application/json";
  const auto parked = ports.retry_parked(topic);
  if (!parked) return page(404, json, "{\"error\":\"this instance has no spool\"}\n");
  return page(202, json, cat("{\"status\":\"asked\",\"parked\":", *parked, "}\n"));
}

Answer serve(const AdminPorts& ports, std::size_t route, const http::Request& request) {
  switch (route) {
    case metrics:
      return page(200, "text/plain; version=0.0.4; charset=utf-8", ports.metrics());
    case livez:
      return page(200, "application/json", "{\"status\":\"live\"}\n");
    case readyz: {
      const Readiness readiness = ports.readiness();
      return page(readiness.ready() ? 200 : 503, "application/json", to_json(readiness));
    }
    case spool_retry:
      return retry(ports, request.body);
    default:
      return page(200, "application/json", ports.status());
  }
}

}  // namespace

std::vector<http::Route> admin_routes() {
  return {{"/metrics", "GET", no_source},
          {"/livez", "GET", no_source},
          {"/readyz", "GET", no_source},
          {"/status", "GET", no_source},
          {"/spool/retry", "POST", no_source}};
}

http::HandlerFactory admin_handlers(AdminPorts ports) {
  return [ports = std::move(ports)](std::size_t) -> http::Handler {
    return [ports](std::size_t route, const http::Request& request) -> std::optional<Answer> {
      return serve(ports, route, request);
    };
  };
}

}  // namespace hookferry::app
