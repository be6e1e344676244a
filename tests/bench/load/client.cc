#include "tests/bench/load/client.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/bench/common/arguments.h"

namespace hookferry::bench {
namespace {

constexpr std::size_t opening_at_a_time = 128;  // far below any server's backlog
constexpr std::uint32_t sources = 200;          // times 28 thousand ports, each free again after a minute

}  // namespace

Client::Client(LoadOptions options)
    : options_(std::move(options)),
      requests_(options_.path, options_.secret, options_.body_bytes, options_.fresh),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(options_.connections) {
  if (options_.tls) tls_ = make_tls_context();
  prctl(PR_SET_TIMERSLACK, 1);  // else it wakes up to 50 µs late
}

int Client::run() {
  const double sign_us = signing_us();
  if (!options_.fresh) establish();
  for (Connection& connection : connections_) free_.push_back(&connection);
  if (options_.rate > 0) pace_.emplace(options_.rate, Clock::now());
  run_until(Clock::now() + seconds(options_.warmup));
  measurement_.begin();
  const auto end = measurement_.begun() + seconds(options_.seconds);
  if (pace_) to_ = end;
  run_until(end);
  measurement_.end();
  if (pace_) finish();
  measurement_.print({{"sign_us", sign_us}});
  if (!pace_) to_ = Clock::now();
  finish();
  return measurement_.errors() == 0 ? 0 : 1;
}

/// Opens all, few at a time.
void Client::establish() {
  const auto limit = Clock::now() + std::chrono::seconds(60);
  std::size_t next = 0;
  while (opened_ < connections_.size()) {
    while (next < connections_.size() && next - opened_ < opening_at_a_time) open(connections_[next++]);
    if (opened_ < connections_.size()) wait(limit);
    if (Clock::now() >= limit) fail("not all connections could be opened within a minute");
  }
}

void Client::run_until(Clock::time_point end) {
  while (Clock::now() < end) {
    start_what_is_due();
    wait(pace_ ? std::min(end, pace_->next()) : end);
  }
}

/// Until each event that was due has its answer.
void Client::finish() {
  const auto limit = Clock::now() + std::chrono::seconds(10);
  while (busy_ > 0 || !late_.empty()) {
    if (Clock::now() >= limit) return measurement_.add_error("no answer");
    start_what_is_due();
    wait(limit);
  }
}

void Client::wait(Clock::time_point end) {
  std::array<epoll_event, 256> events{};
  const auto left = std::max(end - Clock::now(), Clock::duration::zero());
  const auto whole = std::chrono::floor<std::chrono::seconds>(left);
  const timespec time{.tv_sec = whole.count(), .tv_nsec = std::chrono::nanoseconds(left - whole).count()};
  const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &time, nullptr);
  if (count < 0 && errno != EINTR) fail(std::string("epoll_pwait2: ") + std::strerror(errno));
  for (int i = 0; i < count; ++i) {
    Connection& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (connection.is_open()) handle(connection, connection.advance());
  }
}

void Client::start_what_is_due() {
  const auto now = Clock::now();
  for (; pace_ && pace_->next() <= std::min(now, to_.value_or(now)); pace_->advance()) late_.push_back(pace_->next());
  for (std::size_t left = free_.size(); left > 0; --left) {
    if (pace_ ? late_.empty() : to_.has_value()) return;
    Connection& connection = *free_.front();
    free_.pop_front();
    const auto due = pace_ ? late_.front() : Clock::now();
    if (pace_) late_.pop_front();
    start(connection, due);
  }
}

void Client::start(Connection& connection, Clock::time_point due) {
  requests_.render_next(connection.request());
  // Rendering and signing are the sender's: in a closed loop they are not counted.
  ++busy_;
  handle(connection, connection.post(pace_ ? due : Clock::now()));
  if (connection.busy() && !connection.is_open()) open(connection);
}

void Client::open(Connection& connection) {
  const std::uint32_t source = options_.fresh ? source_++ % sources : 0;
  Wire wire(options_.port, INADDR_LOOPBACK + source, tls_.get());
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wire.descriptor(), &event) != 0) {
    fail(std::string("epoll_ctl: ") + std::strerror(errno));
  }
  connection.use(std::move(wire));
  handle(connection, connection.advance());
}

void Client::handle(Connection& connection, Connection::Progress progress) {
  if (progress == Connection::Progress::opened) ++opened_;
  if (progress == Connection::Progress::answered) answered(connection);
  if (progress == Connection::Progress::lost) measurement_.add_error("connection lost");
  if (progress == Connection::Progress::answered || progress == Connection::Progress::lost) {
    --busy_;
    free_.push_back(&connection);
  }
}

void Client::answered(Connection& connection) {
  const Connection::Answer& answer = connection.answer();
  const bool counts = !pace_ || connection.due() >= measurement_.begun();
  if (counts) measurement_.add(Clock::now() - connection.due());
  if (answer.status != 200) {
    measurement_.add_error(std::to_string(answer.status));
  } else if (!answer.exact || answer.body.find(options_.expect) == std::string_view::npos) {
    measurement_.add_error("unexpected");
  }
  if (options_.fresh) connection.close();
}

/// What rendering and signing one request costs: part of cpu_us.
double Client::signing_us() {
  const int rounds = options_.body_bytes > 10000 ? 200 : 2000;
  std::string request;
  const auto begin = Clock::now();
  for (int i = 0; i < rounds; ++i) requests_.render_next(request);
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / rounds;
}

}  // namespace hookferry::bench
