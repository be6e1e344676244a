#include "http/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "http/forwarded_for.h"
#include "http/proxy_header.h"

namespace hookferry::http {
namespace {

/// Requests and reads of one connection in one turn.
constexpr unsigned share_of_a_turn = 32;
/// What is still taken from a client whose answer says that the connection closes: so that it reads the answer, not a
/// reset.
constexpr std::size_t max_lingered = 4 << 20;
constexpr std::size_t smallest_buffer = 4 << 10;

}  // namespace

Connection::Connection(Newcomer newcomer, std::uint32_t slot, Services& services)
    : transport_(std::move(newcomer.socket), services.shared.begin_tls(services.now)),
      services_(services),
      address_(newcomer.peer),
      seat_(std::move(newcomer.seat)),
      trusted_(services.shared.trusts(address_)),
      introduced_(!trusted_),
      slot_(slot),
      input_(services.shared.budget) {
  deadline_.connection = this;
  if (transport_.encrypted()) state_ = State::handshaking;
  services_.deadlines.arm(deadline_, DeadlineKind::idle, services_.now);
}

Connection::~Connection() {
  // Whoever leaves without a word, as a balancer's probe does, has not tried.
  const bool shaken = handshake_ == Transport::Handshake::done;
  if ((!shaken && transport_.heard()) || transport_.talkative()) {
    services_.shared.telemetry.connection_rejected(ConnectionRejection::tls_handshake);
  }
  end_handshake();
  end_exchange();
}

void Connection::readable(bool finished) noexcept {
  readable_ = true;
  finished_ = finished_ || finished;
}

Connection::Next Connection::run() {
  if (!introduced_ && readable_ && state_ != State::closed) introduce();
  if (!introduced_) return next();
  share_ = share_of_a_turn;
  starved_ = false;
  if (state_ == State::handshaking) shake_hands();
  while (share_ > 1 && !starved_) {
    if (state_ == State::lingering) {
      input_.release();
      unframed_ = false;
    }
    if (state_ == State::receiving && unframed_) {
      frame_input();
    } else if (readable_ && (state_ == State::receiving || state_ == State::lingering)) {
      --share_;
      read();
    } else {
      break;
    }
  }
  return next();
}

/// A trusted proxy may say who its client is before anything else, TLS included. The header is looked at where it is,
/// in the socket, and taken out when it is whole: what reads after this sees the client's first byte.
void Connection::introduce() {
  char* const scratch = services_.scratch.get();
  const ssize_t count = ::recv(socket(), scratch, ProxyHeader::max_size, MSG_PEEK);
  if (count < 0 && errno == EINTR) return;
  readable_ = finished_;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
  if (count <= 0) {
    state_ = State::closed;
    return;
  }
  services_.renew_time();
  const ProxyHeader header = parse_proxy_header({scratch, static_cast<std::size_t>(count)});
  switch (header.kind) {
    case ProxyHeader::Kind::refused:
      return refuse_introduction();
    case ProxyHeader::Kind::partial:
      if (finished_) return refuse_introduction();
      if (deadline_.kind != DeadlineKind::request)
        services_.deadlines.arm(deadline_, DeadlineKind::request, services_.now);
      return;
    case ProxyHeader::Kind::whole:
      if (::recv(socket(), scratch, header.size, 0) != static_cast<ssize_t>(header.size)) return refuse_introduction();
      services_.deadlines.arm(deadline_, DeadlineKind::idle, services_.now);
      if (header.client) become(*header.client);
      break;
    case ProxyHeader::Kind::absent:
      break;
  }
  introduced_ = true;
  readable_ = true;
}

/// Without an answer: nobody knows yet in which protocol.
void Connection::refuse_introduction() {
  services_.shared.telemetry.connection_rejected(ConnectionRejection::proxy_header);
  state_ = State::closed;
}

/// The proxy's connection is this client's.
void Connection::become(const IpAddress& client) {
  address_ = client;
  trusted_ = services_.shared.trusts(client);
  if (trusted_) return;
  if (auto seat = services_.shared.addresses.enter(client)) {
    seat_ = std::move(*seat);
  } else {
    services_.shared.telemetry.connection_rejected(ConnectionRejection::address_limit);
    state_ = State::closed;
  }
}

Connection::Next Connection::next() const noexcept {
  if (!introduced_ && state_ != State::closed) return readable_ ? Next::again : Next::wait;
  switch (state_) {
    case State::closed:
      return Next::close;
    case State::held:
      return Next::wait;
    case State::writing:
      return Next::write;
    case State::handshaking:
      if (handshake_ == Transport::Handshake::signs) return Next::sign;
      return handshake_ == Transport::Handshake::writes ? Next::write : Next::wait;
    default:
      if (starved_) return Next::starved;
      if (transport_.receiving_writes() && !readable_) return Next::write;
      return readable_ || unframed_ ? Next::again : Next::wait;
  }
}

void Connection::shake_hands() {
  handshake_ = transport_.handshake(std::exchange(services_.may_sign, false));
  if (transport_.heard() && deadline_.kind == DeadlineKind::idle) {
    services_.deadlines.arm(deadline_, DeadlineKind::handshake, services_.now);
    ++services_.handshakes;
  }
  if (handshake_ == Transport::Handshake::done) {
    end_handshake();
    state_ = State::receiving;
    readable_ = true;  // the first request may have come with the client's last word
    services_.deadlines.arm(deadline_, DeadlineKind::idle, services_.now);
  } else if (handshake_ == Transport::Handshake::failed) {
    services_.shared.log.debug(cat("http: a TLS handshake failed: ", transport_.fault()));
    end_handshake();
    linger();  // so that the client reads the alert
  }
}

void Connection::end_handshake() noexcept {
  if (deadline_.kind != DeadlineKind::handshake) return;
  deadline_.disarm();
  --services_.handshakes;
}

void Connection::read() {
  if (input_.empty()) {
    read_to_scratch();
  } else {
    read_to_input();
  }
}

/// The common case: whole requests are framed and handled where they were read, and the connection keeps no memory.
void Connection::read_to_scratch() {
  // With the budget spent, no more than a head: what cannot be framed yet has to be kept.
  const std::size_t size = services_.shared.budget.full() ? std::min(services_.framing.max_head, Services::scratch_size)
                                                          : Services::scratch_size;
  char* const scratch = services_.scratch.get();
  const ssize_t count = transport_.receive({scratch, size});
  if (!received(count, size)) return;
  const std::span<char> bytes(scratch, static_cast<std::size_t>(count));
  if (state_ == State::lingering) {
    lingered_ += bytes.size();
    if (lingered_ > max_lingered) state_ = State::closed;
    return;
  }
  const Remains remains = frame(bytes);
  if (remains.begin == remains.end) return;
  const std::span<char> rest = bytes.subspan(remains.begin, remains.end - remains.begin);
  static_cast<void>(input_.reserve(std::max(rest.size(), smallest_buffer), true));
  std::copy(rest.begin(), rest.end(), input_.room().begin());
  input_.extend(rest.size());
  unframed_ = !remains.framed;
}

void Connection::read_to_input() {
  if (!make_room()) {
    starved_ = true;
    return;
  }
  const std::span<char> room = input_.room();
  const ssize_t count = transport_.receive(room);
  if (!received(count, room.size())) return;
  input_.extend(static_cast<std::size_t>(count));
  unframed_ = true;
}

/// Takes note of what receiving said; true when there are bytes.
bool Connection::received(ssize_t count, std::size_t asked) {
  if (count > 0) {
    // When there is no more, news will come as an event; but the end of the stream may have come with these bytes.
    readable_ = transport_.more(static_cast<std::size_t>(count), asked) || finished_;
    services_.renew_time();
    return true;
  }
  if (count < 0 && errno == EINTR) return false;
  readable_ = false;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  state_ = State::closed;
  return false;
}

/// Grows the input as bytes come, never by what a Content-Length merely announces. False: the budget is spent.
bool Connection::make_room() {
  if (!input_.room().empty()) return true;
  std::size_t capacity = std::max(smallest_buffer, input_.size() * 2);
  if (framer_.total() > input_.size()) capacity = std::min(capacity, framer_.total());
  return input_.reserve(capacity, !framer_.in_body());
}

void Connection::frame_input() {
  const Remains remains = frame(input_.bytes());
  input_.truncate(remains.end);
  input_.consume(remains.begin);
  unframed_ = !remains.framed && !input_.empty();
}

/// Frames and handles the requests in `bytes` one after the other, until more bytes are needed, one is held, its answer
/// cannot be written, or the turn's share is used up.
Connection::Remains Connection::frame(std::span<char> bytes) {
  std::size_t done = 0;
  while (state_ == State::receiving && share_ > 0 && done < bytes.size()) {
    --share_;
    const std::span<char> rest = bytes.subspan(done);
    const Framer::Step step = framer_.advance(rest, services_.framing, services_.head);
    if (step == Framer::Step::complete) {
      if (services_.head.has_body() && refuse_unserved()) return {bytes.size(), bytes.size(), true};
      done += framer_.end();
      handle(framer_.body(rest));
      framer_ = Framer();
      awaited_ = no_source;
      continue;
    }
    if (step == Framer::Step::refused) {
      if (!framer_.in_body() || !refuse_unserved()) refuse_bytes(framer_.refusal());
      return {bytes.size(), bytes.size(), true};
    }
    if (deadline_.kind != DeadlineKind::request)
      services_.deadlines.arm(deadline_, DeadlineKind::request, services_.now);
    if (step == Framer::Step::head) head_complete();
    return {done, done + framer_.kept(), true};
  }
  return {done, bytes.size(), false};
}

/// The head is there and the body is not: whoever cannot be served is told now, not after the body.
void Connection::head_complete() {
  if (refuse_unserved()) return;
  if (services_.head.expects_continue && framer_.body_untouched()) send("HTTP/1.1 100 Continue\r\n\r\n");
}

/// Refuses a request with a body that nobody here takes, without a look at that body: so the answer is the same,
/// however much of it is there by now. False where it may be served.
bool Connection::refuse_unserved() {
  const Head& head = services_.head;
  // Only a path without escapes can be compared before cpp-httplib has decoded it.
  if (head.path.find('%') != std::string_view::npos) return false;
  const RouteTable& routes = services_.routes();
  const auto route = routes.find(head.path);
  if (!route) {
    refuse(not_found(), no_source, head.method == "HEAD");
    return true;
  }
  awaited_ = routes[*route].source;
  if (RouteTable::allows(routes[*route], head.method)) return false;
  refuse(method_not_allowed(routes[*route]), awaited_, head.method == "HEAD");
  return true;
}

void Connection::handle(std::string_view body) {
  const Head& head = services_.head;
  begin_exchange();
  keep_alive_ = head.keep_alive;
  http_1_0_ = !head.http_1_1;
  without_body_ = head.method == "HEAD";
  state_ = State::held;
  const Request request{
      .method = head.method,
      .path = {},
      .headers = head.headers,
      .body = body,
      .address = trusted_ ? forwarded_for(address_, head.headers, services_.shared.limits.trusted_proxies) : address_,
      .received = received_,
      .ticket = {services_.loop, slot_, exchange_}};
  services_.renew_served();
  const Bridge::Outcome outcome = services_.bridge.handle(request, head.path);
  source_ = outcome.source;
  if (outcome.answer) send_answer(*outcome.answer);
}

void Connection::begin_exchange() {
  deadline_.disarm();
  exchange_ = ++services_.last_exchange;
  received_ = services_.now;
  services_.shared.unanswered.fetch_add(1, std::memory_order_relaxed);
}

void Connection::end_exchange() noexcept {
  if (exchange_ == 0) return;
  exchange_ = 0;
  services_.shared.unanswered.fetch_sub(1, std::memory_order_relaxed);
}

/// The framer refuses what came: where the next request begins is not known.
void Connection::refuse_bytes(const Refusal& refusal) {
  const Head& head = services_.head;
  const bool of_whole_head = refusal.status == 413 || refusal.status == 415;
  const SourceId source = of_whole_head ? services_.routes().source(head.path) : awaited_;
  refuse(refusal_answer(refusal), source, head.method == "HEAD");
}

/// Answers and closes, since the request was not read to its end.
void Connection::refuse(const Answer& answer, SourceId source, bool without_body) {
  begin_exchange();
  keep_alive_ = false;
  source_ = source;
  without_body_ = without_body;
  send_answer(answer);
}

void Connection::send_answer(const Answer& answer) {
  close_after_ = !keep_alive_ || services_.draining;
  const Persistence persistence = close_after_ ? Persistence::close
                                  : http_1_0_  ? Persistence::keep_explicitly
                                               : Persistence::keep;
  std::string& rendered = services_.rendered;
  rendered.clear();
  render(rendered, answer, services_.date(), persistence, !without_body_);
  // Counted before it is sent, so that whoever has the answer finds it counted.
  const Duration duration = services_.shared.clock.monotonic() - received_;
  services_.shared.telemetry.answered(source_, answer.status, duration);
  send(rendered);
  if (state_ == State::closed) return;
  if (output_.empty()) {
    answer_written();
  } else {
    services_.deadlines.arm(deadline_, DeadlineKind::write, services_.now);
  }
}

/// Writes what the socket takes now; the rest waits in output_.
void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = transport_.send(bytes);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      output_ = std::string(bytes);
      state_ = State::writing;
      return;
    } else if (errno != EINTR) {
      state_ = State::closed;
      return;
    }
  }
}

void Connection::writable() {
  if (transport_.receiving_writes()) readable_ = true;
  if (state_ != State::writing) return;
  const std::string output = std::exchange(output_, {});
  send(output);
  if (state_ == State::closed || !output_.empty()) return;
  if (exchange_ != 0) {
    answer_written();
  } else {
    state_ = State::receiving;  // it was a "100 Continue"
  }
}

void Connection::answer_written() {
  end_exchange();
  used_ = true;
  if (!close_after_) {
    state_ = State::receiving;
    services_.deadlines.arm(deadline_, DeadlineKind::idle, services_.now);
    return;
  }
  linger();
}

/// Closing now could reset the connection under the answer if the client still sends: ends our side, waits for its end.
void Connection::linger() {
  state_ = State::lingering;
  transport_.finish();
  services_.deadlines.arm(deadline_, DeadlineKind::linger, services_.now);
}

Connection::Next Connection::answer(const Answer& answer) {
  send_answer(answer);
  return run();
}

Connection::Next Connection::expire() {
  const DeadlineKind kind = deadline_.kind;
  end_handshake();
  deadline_.disarm();
  if (kind == DeadlineKind::idle) services_.shared.telemetry.connection_rejected(ConnectionRejection::idle_timeout);
  if (kind == DeadlineKind::write) services_.shared.telemetry.connection_rejected(ConnectionRejection::unread_answer);
  if (!introduced_ && kind == DeadlineKind::request) {
    refuse_introduction();
  } else if (kind != DeadlineKind::request || state_ != State::receiving) {
    state_ = State::closed;
  } else if (starved_) {
    services_.shared.telemetry.connection_rejected(ConnectionRejection::buffer_limit);
    refuse(unavailable(), awaited_, false);
  } else {
    refuse(refusal_answer({408, "the request did not arrive in time"}), awaited_, false);
  }
  return run();
}

Connection::Next Connection::close_if_silent() {
  if (deadline_.kind != DeadlineKind::idle) return next();
  // Something may be there already that no event has told of yet.
  readable_ = true;
  const Next result = run();
  return deadline_.kind == DeadlineKind::idle && result == Next::wait ? Next::close : result;
}

}  // namespace hookferry::http
