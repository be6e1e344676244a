#include "http/front.h"

#include <mutex>

#include "base/check.h"
#include "http/acceptor.h"
#include "http/listener.h"
#include "http/loop.h"
#include "http/services.h"

namespace hookferry::http {

struct Front::State {
  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<Acceptor> acceptor;
  std::mutex stopping;

  State(const FrontOptions& options, std::vector<Route> routes, const Clock& clock, Telemetry& telemetry, Log& log)
      : shared(options.limits, options.loops, std::move(routes), options.tls, clock, telemetry, log) {}
  void wake() const noexcept {
    for (const auto& loop : loops) loop->wake();
  }
};

Result<std::unique_ptr<Front>> Front::bind(const FrontOptions& options, std::vector<Route> routes,
                                           const HandlerFactory& handlers, const Clock& clock, Telemetry& telemetry,
                                           Log& log) {
  HOOKFERRY_CHECK(options.loops > 0);
  Result<Listener> listener = bind_listener(options.listen);
  if (!listener) return listener.error();
  auto state = std::make_unique<State>(options, std::move(routes), clock, telemetry, log);
  for (std::size_t i = 0; i < options.loops; ++i) {
    Result<std::unique_ptr<Loop>> loop = Loop::create(static_cast<std::uint32_t>(i), state->shared, handlers(i));
    if (!loop) return loop.error();
    state->loops.push_back(std::move(*loop));
  }
  state->acceptor = std::make_unique<Acceptor>(std::move(*listener), state->shared, state->loops);
  return std::unique_ptr<Front>(new Front(std::move(state)));
}

Result<void> Front::serve() {
  if (auto listening = state_->acceptor->listen(); !listening) return listening;
  for (std::size_t i = 0; i < state_->loops.size(); ++i) {
    state_->loops[i]->start(i == 0 ? state_->acceptor.get() : nullptr);
  }
  return {};
}

Front::Front(std::unique_ptr<State> state) : state_(std::move(state)) {}

Front::~Front() {
  stop();
}

void Front::answer(const Ticket& ticket, Answer answer) noexcept {
  if (ticket.loop >= state_->loops.size() || state_->shared.stopping.load(std::memory_order_acquire)) return;
  state_->loops[ticket.loop]->post(ticket, std::move(answer));
}

void Front::replace(std::vector<Route> routes, const HandlerFactory& handlers) {
  const auto table = std::make_shared<const RouteTable>(std::move(routes));
  std::vector<Served> parts;
  for (std::size_t i = 0; i < state_->loops.size(); ++i) parts.push_back({table, handlers(i)});
  state_->shared.exchange.put(std::move(parts));
  state_->wake();  // so that a loop without requests lets go of what it had, too
}

void Front::use(std::shared_ptr<Tls> tls) noexcept {
  state_->shared.tls.put(std::move(tls));
}

void Front::drain() noexcept {
  state_->shared.draining.store(true, std::memory_order_release);
  state_->wake();
}

void Front::stop_accepting() noexcept {
  state_->acceptor->close();
  state_->shared.closing.store(true, std::memory_order_release);
  state_->wake();
}

bool Front::accepting() const noexcept {
  return state_->acceptor->open();
}

void Front::stop() noexcept {
  const std::lock_guard lock(state_->stopping);
  state_->shared.stopping.store(true, std::memory_order_release);
  state_->wake();
  for (const auto& loop : state_->loops) loop->join();
}

std::uint16_t Front::port() const noexcept {
  return state_->acceptor->port();
}
std::size_t Front::connections() const noexcept {
  return state_->shared.connections.load(std::memory_order_relaxed);
}
std::size_t Front::unanswered() const noexcept {
  return state_->shared.unanswered.load(std::memory_order_relaxed);
}

}  // namespace hookferry::http
