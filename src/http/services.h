// What the connections of one loop share.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "hookferry/clock.h"
#include "hookferry/telemetry.h"
#include "http/address_cap.h"
#include "http/bridge.h"
#include "http/buffer.h"
#include "http/deadlines.h"
#include "http/framing.h"
#include "http/front.h"
#include "http/response.h"
#include "http/routes.h"
#include "http/served.h"
#include "http/tls.h"

namespace hookferry::http {

/// Shared by all loops of a front. Thread-safe.
struct Shared {
  /// What OpenSSL takes for a handshake at most, with some room: 72 KB were measured (3.0), of which about half is
  /// touched. Its session keeps 14 KB of that afterwards.
  static constexpr std::size_t handshake_size = 64 << 10;

  Limits limits;
  const std::size_t max_handshakes;                // under way, of one loop
  const std::shared_ptr<const RouteTable> routes;  // at the start
  ServedExchange exchange;                         // and what is served instead
  TlsExchange tls;
  const Clock& clock;
  Telemetry& telemetry;
  Log& log;
  BufferBudget budget;
  AddressCap addresses;
  std::atomic<bool> draining{false};
  std::atomic<bool> closing{false};  // idle connections too
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> unanswered{0};

  Shared(const Limits& limits_in, std::size_t loops, std::vector<Route> routes_in, std::shared_ptr<Tls> tls_in,
         const Clock& clock_in, Telemetry& telemetry_in, Log& log_in)
      : limits(limits_in),
        max_handshakes(std::max<std::size_t>(1, limits.max_buffered / handshake_size / loops)),
        routes(std::make_shared<const RouteTable>(std::move(routes_in))),
        tls(std::move(tls_in)),
        clock(clock_in),
        telemetry(telemetry_in),
        log(log_in),
        budget(limits_in.max_buffered),
        addresses(limits_in.max_connections_per_address) {}

  /// For a connection that was accepted at `now`; nothing where connections are plain.
  [[nodiscard]] TlsSession begin_tls(MonotonicTime now) const {
    const std::shared_ptr<Tls> current = tls.get();
    return current ? current->begin(now) : nullptr;
  }
  [[nodiscard]] bool trusts(const IpAddress& peer) const noexcept { return any_contains(limits.trusted_proxies, peer); }
};

/// Of one loop: used by its thread alone.
struct Services {
  static constexpr std::size_t scratch_size = 64 << 10;
  static constexpr Duration max_linger = std::chrono::seconds(2);

  Shared& shared;
  std::uint32_t loop;
  Bridge bridge;
  FramingLimits framing;
  Deadlines deadlines;
  MonotonicTime now;  // of this turn, renewed with each read
  std::uint64_t last_exchange = 0;
  bool draining = false;
  std::size_t handshakes = 0;       // TLS, under way
  bool may_sign = false;            // the next step of a TLS handshake may cost a signature; taken by it
  Head head;                        // of the request that is being framed
  std::unique_ptr<char[]> scratch;  // what is read while a connection holds no bytes of its own
  std::string rendered;

  Services(Shared& shared_in, std::uint32_t loop_in, Handler handler)
      : shared(shared_in),
        loop(loop_in),
        bridge(shared_in.routes, std::move(handler), shared_in.log),
        framing{shared_in.limits.max_body, shared_in.limits.max_head, shared_in.limits.max_headers},
        deadlines(shared_in.limits.idle_timeout, shared_in.limits.request_timeout,
                  std::min(shared_in.limits.request_timeout, max_linger)),
        now(shared_in.clock.monotonic()),
        scratch(new char[scratch_size]) {}

  void renew_time() { now = shared.clock.monotonic(); }
  /// Takes over what is to be served from now on, if that has changed. Not while a request is being handled.
  void renew_served() {
    if (shared.exchange.generation() == served_generation_) return;
    Served next = shared.exchange.take(loop, served_generation_);
    bridge.serve(std::move(next.routes), std::move(next.handler));
  }
  /// As of now; good until the next call of `renew_served`.
  const RouteTable& routes() {
    renew_served();
    return bridge.routes();
  }
  /// The value of Date, made anew when a second has passed.
  const std::string& date() {
    if (date_.empty() || now - date_made_ >= std::chrono::seconds(1)) {
      date_ = http_date(shared.clock.wall());
      date_made_ = now;
    }
    return date_;
  }

 private:
  std::string date_;
  MonotonicTime date_made_{};
  std::uint64_t served_generation_ = 0;
};

}  // namespace hookferry::http
