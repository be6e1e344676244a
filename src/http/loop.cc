#include "http/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "base/thread.h"
#include "http/acceptor.h"

namespace hookferry::http {
namespace {

constexpr std::uint64_t key_of_event = ~std::uint64_t{0};
constexpr std::uint64_t key_of_listener = key_of_event - 1;
constexpr auto hunger = std::chrono::milliseconds(10);  // how often starved connections look for room
/// In one turn, TLS handshakes that cost a signature (an RSA-2048 one 0.26 ms): the others are served between them.
constexpr unsigned signatures_in_a_turn = 4;

std::uint64_t key_of(std::uint32_t slot, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | slot;
}

void watch(int epoll, int operation, int descriptor, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  epoll_ctl(epoll, operation, descriptor, &event);
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create(std::uint32_t index, Shared& shared, Handler handler) {
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  Descriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll || !event) {
    return error(cat("cannot make an event loop: ", std::generic_category().message(errno),
                     "; raise the limit of open files (ulimit -n)"));
  }
  return std::unique_ptr<Loop>(new Loop(index, shared, std::move(handler), std::move(epoll), std::move(event)));
}

Loop::Loop(std::uint32_t index, Shared& shared, Handler handler, Descriptor epoll, Descriptor event)
    : shared_(shared),
      services_(shared, index, std::move(handler)),
      epoll_(std::move(epoll)),
      event_(std::move(event)) {
  // Edge-triggered: every write to it is an event, so that it never has to be read.
  watch(epoll_.get(), EPOLL_CTL_ADD, event_.get(), key_of_event, EPOLLIN | EPOLLET);
}

Loop::~Loop() {
  join();
}

void Loop::start(Acceptor* acceptor) {
  acceptor_ = acceptor;
  if (acceptor_ != nullptr) acceptor_->watch(epoll_.get(), key_of_listener);
  thread_ = start_thread(cat("http-", services_.loop).c_str(), [this] { run(); });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

void Loop::post(const Ticket& ticket, Answer answer) {
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = mail_.empty() && newcomers_.empty();
    mail_.push_back({ticket, std::move(answer)});
  }
  if (first) wake();
}

void Loop::adopt(Newcomer newcomer) {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  connections_.fetch_add(1, std::memory_order_relaxed);
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = mail_.empty() && newcomers_.empty();
    newcomers_.push_back(std::move(newcomer));
  }
  if (first) wake();
}

void Loop::close_an_idle_one() noexcept {
  if (room_wanted_.fetch_add(1, std::memory_order_relaxed) == 0) wake();
}

void Loop::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

void Loop::run() {
  std::array<epoll_event, 256> events;
  while (!shared_.stopping.load(std::memory_order_acquire)) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience());
    HOOKFERRY_CHECK(count >= 0 || errno == EINTR);
    services_.renew_time();
    services_.renew_served();
    services_.draining = shared_.draining.load(std::memory_order_acquire);
    if (!closed_idle_ && shared_.closing.load(std::memory_order_acquire)) close_idle();
    for (int i = 0; i < count; ++i) dispatch(events[i].data.u64, events[i].events);
    if (acceptor_ != nullptr) acceptor_->turn(services_.now);
    run_queued();
    feed_starved();
    sign();
    expire();
    make_room();
    bound_handshakes();
  }
  clear();
}

/// How long epoll_wait may wait, in milliseconds, rounded up so that what it wakes for is due.
int Loop::patience() const {
  if (!queued_.empty() || !signing_.empty()) return 0;
  auto until = services_.deadlines.next();
  const auto at_latest = [&](MonotonicTime time) { until = until ? std::min(*until, time) : time; };
  if (!starved_.empty()) at_latest(services_.now + hunger);
  if (acceptor_ != nullptr && acceptor_->resumes_at()) at_latest(*acceptor_->resumes_at());
  if (!until) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*until - services_.now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void Loop::dispatch(std::uint64_t key, std::uint32_t events) {
  if (key == key_of_event) return take_mail();
  if (key == key_of_listener) return acceptor_->accept_batch(services_.now);
  const auto index = static_cast<std::uint32_t>(key);
  Slot& slot = slots_[index];
  if (!slot.connection || slot.generation != key >> 32) return;
  // Both sides are closed, or it was reset: whoever asked is not there any more.
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return destroy(index);
  if ((events & EPOLLOUT) != 0) slot.connection->writable();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) slot.connection->readable((events & EPOLLRDHUP) != 0);
  settle(index, slot.connection->run());
}

void Loop::take_mail() {
  std::vector<Newcomer> newcomers;
  {
    const std::lock_guard lock(mutex_);
    read_mail_.swap(mail_);
    newcomers.swap(newcomers_);
  }
  for (Newcomer& newcomer : newcomers) welcome(std::move(newcomer));
  for (const Mail& mail : read_mail_) {
    Connection* const connection =
        mail.ticket.connection < slots_.size() ? slots_[mail.ticket.connection].connection.get() : nullptr;
    if (connection == nullptr || !connection->holds(mail.ticket.exchange)) continue;
    settle(mail.ticket.connection, connection->answer(mail.answer));
  }
  read_mail_.clear();
}

void Loop::welcome(Newcomer newcomer) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.connection = std::make_unique<Connection>(std::move(newcomer), index, services_);
  watch(epoll_.get(), EPOLL_CTL_ADD, slot.connection->socket(), key_of(index, slot.generation),
        EPOLLIN | EPOLLRDHUP | EPOLLET);
}

void Loop::settle(std::uint32_t index, Connection::Next next) {
  Slot& slot = slots_[index];
  switch (next) {
    case Connection::Next::wait:
      break;
    case Connection::Next::again:
      if (!std::exchange(slot.queued, true)) queued_.push_back(index);
      break;
    case Connection::Next::starved:
      if (!std::exchange(slot.starved, true)) starved_.push_back(index);
      break;
    case Connection::Next::sign:
      if (!std::exchange(slot.signs, true)) signing_.push_back(index);
      break;
    case Connection::Next::write:
      if (!std::exchange(slot.watches_writing, true)) {
        watch(epoll_.get(), EPOLL_CTL_MOD, slot.connection->socket(), key_of(index, slot.generation),
              EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
      }
      break;
    case Connection::Next::close:
      destroy(index);
      break;
  }
}

void Loop::destroy(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.connection.reset();
  ++slot.generation;
  slot.queued = slot.starved = slot.signs = slot.watches_writing = false;
  free_.push_back(index);
  connections_.fetch_sub(1, std::memory_order_relaxed);
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Loop::run_queued() {
  turn_.swap(queued_);
  for (const std::uint32_t index : turn_) {
    if (!std::exchange(slots_[index].queued, false)) continue;
    settle(index, slots_[index].connection->run());
  }
  turn_.clear();
}

void Loop::feed_starved() {
  if (starved_.empty() || shared_.budget.full()) return;
  turn_.swap(starved_);
  for (const std::uint32_t index : turn_) {
    if (!std::exchange(slots_[index].starved, false)) continue;
    settle(index, slots_[index].connection->run());
  }
  turn_.clear();
}

/// Last in a turn, so that requests come before handshakes.
void Loop::sign() {
  for (unsigned signatures = 0; signatures < signatures_in_a_turn && !signing_.empty();) {
    const std::uint32_t index = signing_.front();
    signing_.pop_front();
    if (!std::exchange(slots_[index].signs, false)) continue;
    ++signatures;
    services_.may_sign = true;
    settle(index, slots_[index].connection->run());
    services_.may_sign = false;
  }
}

void Loop::expire() {
  while (Connection* const connection = services_.deadlines.due(services_.now)) {
    const std::uint32_t slot = connection->slot();
    settle(slot, connection->expire());
  }
}

void Loop::close_idle() {
  closed_idle_ = true;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].connection) settle(index, slots_[index].connection->close_if_idle());
  }
}

/// For others: closes who has been idle for the longest.
void Loop::make_room() {
  for (std::size_t wanted = room_wanted_.exchange(0, std::memory_order_relaxed); wanted > 0; --wanted) {
    const Deadline* const oldest = services_.deadlines.oldest(DeadlineKind::idle);
    if (oldest == nullptr) break;
    const std::uint32_t slot = oldest->connection->slot();
    const Connection::Next next = oldest->connection->close_if_silent();
    if (next == Connection::Next::close) shared_.telemetry.connection_rejected(ConnectionRejection::idle);
    settle(slot, next);
  }
  const Deadline* const oldest = services_.deadlines.oldest(DeadlineKind::idle);
  idle_until_.store(oldest == nullptr ? MonotonicTime::max() : oldest->at, std::memory_order_relaxed);
}

/// Whoever has shaken hands for the longest goes: an honest client needs two round trips.
void Loop::bound_handshakes() {
  while (services_.handshakes > shared_.max_handshakes) {
    destroy(services_.deadlines.oldest(DeadlineKind::handshake)->connection->slot());
  }
}

void Loop::clear() {
  if (acceptor_ != nullptr) acceptor_->abandon();
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].connection) destroy(index);
  }
  const std::lock_guard lock(mutex_);
  connections_.fetch_sub(newcomers_.size(), std::memory_order_relaxed);
  shared_.connections.fetch_sub(newcomers_.size(), std::memory_order_relaxed);
  newcomers_.clear();
  mail_.clear();
}

}  // namespace hookferry::http
