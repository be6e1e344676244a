// The front: listeners, event loops, framing, and cpp-httplib for each framed request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/network.h"
#include "base/result.h"
#include "hookferry/answer.h"
#include "hookferry/clock.h"
#include "hookferry/telemetry.h"

namespace hookferry::http {

class Tls;

struct Limits {
  std::size_t max_body = 896 << 10;
  std::size_t max_head = 16 << 10;
  std::size_t max_headers = 100;
  // When they are nearly reached (15/16), a newcomer has the connection closed that has been idle for the longest.
  std::size_t max_connections = 10000;
  // Of one client's address, of IPv6 of one /64; 0: any number. A trusted proxy's own are not counted: those that begin
  // with a PROXY header are their clients'.
  std::size_t max_connections_per_address = 0;
  // Of bodies being received, all connections together: then no more of them is read until there is room, and who finds
  // none within request_timeout gets a 503. Heads that are not whole yet come on top: max_connections × max_head at
  // most. TLS handshakes under way may take as much again: of more, those go that began first.
  std::size_t max_buffered = 64 << 20;
  Duration request_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(60);
  // Whose X-Forwarded-For and PROXY headers (version 2) are believed. What others send of the kind is not read, and
  // their PROXY header is no HTTP.
  std::vector<Network> trusted_proxies;
};

/// One request as it was framed. Views are valid during the handler's call only.
struct Request {
  std::string_view method;
  std::string_view path;                                                   // decoded by cpp-httplib, without the query
  std::span<const std::pair<std::string_view, std::string_view>> headers;  // as received, values trimmed
  std::string_view body;
  IpAddress address;       // the client's: the peer's, or what trusted proxies say
  MonotonicTime received;  // when its last byte was in
  Ticket ticket;           // for Front::answer, if the handler holds it
};

/// What is served at a path: the only methods allowed there, and the source its answers are counted under.
struct Route {
  std::string path;
  std::string_view method = "POST";  // "POST" or "GET" (GET serves HEAD too)
  SourceId source = no_source;
};

/// Handles requests on one loop's thread. Nullopt holds the request: Front::answer brings the answer later (from any
/// thread, also before the handler has returned).
using Handler = std::function<std::optional<Answer>(std::size_t route, const Request&)>;
/// Makes the handler of one loop: what it captures is used by that loop's thread alone.
using HandlerFactory = std::function<Handler(std::size_t loop)>;

struct FrontOptions {
  std::string listen;  // "ADDR:PORT", "[::]:8080" (dual stack), port 0 = any free one
  std::size_t loops = 1;
  Limits limits;
  std::shared_ptr<Tls> tls{};  // null: plain
};

/// A listener and its event loops, each on a thread of its own. Thread-safe but for start and destruction.
class Front final : public AnswerPort {
 public:
  /// Takes the port; nobody can connect yet. `handlers` is called here, once for each loop. `clock`, `telemetry` and
  /// `log` must outlive the front. An error names the address and what to do.
  static Result<std::unique_ptr<Front>> bind(const FrontOptions& options, std::vector<Route> routes,
                                             const HandlerFactory& handlers, const Clock& clock, Telemetry& telemetry,
                                             Log& log);
  /// Starts the loops: clients can connect, and handlers are called. Once, from one thread. Fails as `bind` does.
  [[nodiscard]] Result<void> serve();
  /// Stops at once; what is held is dropped.
  ~Front() override;

  void answer(const Ticket& ticket, Answer answer) noexcept override;

  /// Serves this instead, as a whole: each request is handled by what was there before or by this, and one that is
  /// handled after the call has returned, by this. What was there before is destroyed by the loops, between requests.
  /// `handlers` is called here, once for each loop. At any time; by one thread at a time.
  void replace(std::vector<Route> routes, const HandlerFactory& handlers);

  /// Connections that are accepted from now on get this, of a front that has had TLS from its start; those that are
  /// open go on with what they have.
  void use(std::shared_ptr<Tls> tls) noexcept;

  /// From now on every answer carries `Connection: close`. Connections that are between two requests stay open: a load
  /// balancer may be about to use them.
  void drain() noexcept;
  /// Closes the listener, soon after this returns, having accepted who was connected already, and connections that are
  /// between two requests. One that has not sent its first request yet is served.
  void stop_accepting() noexcept;
  /// Whether the listener is open.
  [[nodiscard]] bool accepting() const noexcept;
  /// Stops the loops; whoever is connected is cut off.
  void stop() noexcept;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  /// Requests that are held or not yet answered in full.
  [[nodiscard]] std::size_t unanswered() const noexcept;

 private:
  struct State;
  explicit Front(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::http
