#include "http/bridge.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "base/text.h"
#include "http/response.h"

namespace hookferry::http {
namespace {

/// Where cpp-httplib reads the canonical head from; what it writes is dropped, since response.h renders every answer.
/// The virtual functions of all versions from 0.11.4 on are defined, hence no `override`: Stream's set changed at 0.19,
/// 0.20 and later, and no macro tells the versions apart.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view input) : input_(input) {}

  // NOLINTBEGIN(modernize-use-override)
  bool is_readable() const { return !input_.empty(); }
  bool is_writable() const { return true; }
  bool wait_readable() const { return !input_.empty(); }
  bool wait_writable() const { return true; }
  bool is_peer_alive() const { return true; }
  ssize_t read(char* out, size_t size) {
    const std::size_t count = std::min(size, input_.size());
    std::memcpy(out, input_.data(), count);
    input_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char*, size_t size) { return static_cast<ssize_t>(size); }
  const char* buffered_data(size_t& size) const {
    size = input_.size();
    return input_.empty() ? nullptr : input_.data();
  }
  void consume_buffered(size_t size) { input_.remove_prefix(size); }
  void get_remote_ip_and_port(std::string&, int& port) const { port = 0; }
  void get_local_ip_and_port(std::string&, int& port) const { port = 0; }
  // Below FD_SETSIZE, which 0.11 checks; there is no socket that it could touch.
  socket_t socket() const { return INVALID_SOCKET; }
  time_t duration() const { return 0; }
  // NOLINTEND(modernize-use-override)

 private:
  std::string_view input_;
};

/// Opens the protected entry of httplib::Server.
class Server final : public httplib::Server {
 public:
  void process(httplib::Stream& stream) { process(*this, stream); }

 private:
  /// Its signature changed at 0.18 (addresses) and 0.33 (one more argument, with a default). `close_connection` is said
  /// to be true because it is the cheaper way through, and is no matter: the head that it writes is dropped.
  template <class Self>
  static void process(Self& self, httplib::Stream& stream) {
    bool closed = false;
    const std::function<void(httplib::Request&)> no_setup;
    const std::string no_address;
    if constexpr (requires { self.process_request(stream, true, closed, no_setup); }) {
      self.process_request(stream, true, closed, no_setup);
    } else if constexpr (requires {
                           self.process_request(stream, no_address, 0, no_address, 0, true, closed, no_setup);
                         }) {
      self.process_request(stream, no_address, 0, no_address, 0, true, closed, no_setup);
    } else {
      static_assert(sizeof(Self) == 0, "httplib::Server::process_request changed: adapt src/http/bridge.cc to it");
    }
  }
};

/// The methods that matter go through as they are; any other becomes one that cpp-httplib knows and no route allows.
std::string_view canonical_method(std::string_view method) {
  for (const std::string_view known : {"POST", "GET", "HEAD"}) {
    if (method == known) return known;
  }
  return "OPTIONS";
}

}  // namespace

struct Bridge::State {
  std::shared_ptr<const RouteTable> table;
  Handler handler;
  Log& log;
  Server server;
  std::string head;
  const Request* request = nullptr;  // the one that is being processed
  std::optional<Outcome> outcome;

  State(std::shared_ptr<const RouteTable> routes, Handler handler_in, Log& log_in)
      : table(std::move(routes)), handler(std::move(handler_in)), log(log_in) {}

  void handle(const httplib::Request& parsed);
  Outcome dispatch(std::size_t route, const httplib::Request& parsed);
  Outcome failed(std::string_view what, SourceId source);
};

void Bridge::State::handle(const httplib::Request& parsed) {
  const RouteTable& routes = *table;
  const auto route = routes.find(parsed.path);
  if (!route) {
    outcome = Outcome{not_found(), no_source};
  } else if (!RouteTable::allows(routes[*route], request->method)) {
    outcome = Outcome{method_not_allowed(routes[*route]), routes[*route].source};
  } else {
    outcome = dispatch(*route, parsed);
  }
}

Bridge::Outcome Bridge::State::dispatch(std::size_t route, const httplib::Request& parsed) {
  const SourceId source = (*table)[route].source;
  Request decoded = *request;
  decoded.path = parsed.path;
  try {
    return {handler(route, decoded), source};
  } catch (const std::exception& e) {
    return failed(e.what(), source);
  } catch (...) {
    return failed("an exception of unknown type", source);
  }
}

Bridge::Outcome Bridge::State::failed(std::string_view what, SourceId source) {
  log.error(cat("http: a handler failed, the client was told 503; please report this: ", printable(what)));
  return {unavailable(), source};
}

Bridge::Bridge(std::shared_ptr<const RouteTable> routes, Handler handler, Log& log)
    : state_(std::make_unique<State>(std::move(routes), std::move(handler), log)) {
  // One handler in front of cpp-httplib's own routing, with the table of paths: its routes are regular expressions,
  // tried one after the other for each request.
  state_->server.set_pre_routing_handler(
      [state = state_.get()](const httplib::Request& parsed, httplib::Response& response) {
        if (state->request != nullptr) state->handle(parsed);
        response.status = 200;
        return httplib::Server::HandlerResponse::Handled;
      });
  // Without one, cpp-httplib would put what() into a header.
  state_->server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) { response.status = 500; });
  warm_up();
}

Bridge::~Bridge() = default;

void Bridge::serve(std::shared_ptr<const RouteTable> routes, Handler handler) {
  state_->table = std::move(routes);
  state_->handler = std::move(handler);
}

const RouteTable& Bridge::routes() const noexcept {
  return *state_->table;
}

void Bridge::warm_up() {
  MemoryStream stream("GET / HTTP/1.0\r\n\r\n");
  state_->server.process(stream);
}

Bridge::Outcome Bridge::handle(const Request& request, std::string_view raw_path) {
  State& state = *state_;
  state.head.clear();
  state.head.append(canonical_method(request.method)).append(" ").append(raw_path);
  // HTTP/1.0, which needs no header: each costs 0.5 µs in there, and the handler is called before cpp-httplib would
  // look for a body.
  state.head.append(" HTTP/1.0\r\n\r\n");
  state.request = &request;
  state.outcome.reset();
  MemoryStream stream(state.head);
  try {
    state.server.process(stream);
  } catch (const std::exception& e) {
    if (!state.outcome) state.outcome = state.failed(e.what(), no_source);
  }
  state.request = nullptr;
  if (state.outcome) return *std::exchange(state.outcome, std::nullopt);
  // Our handler was not reached: cpp-httplib refuses what our framing lets through.
  return {refusal_answer({400, "a request that cannot be parsed"}), no_source};
}

}  // namespace hookferry::http
