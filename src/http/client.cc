#include "http/client.h"

#include <httplib.h>

#include "base/text.h"
#include "http/version.h"

namespace hookferry::http {

struct Client::State {
  std::string server;
  httplib::Client client;
};

namespace {

Result<ClientAnswer> answer_of(const std::string& server, const httplib::Result& result) {
  if (!result) return error(cat("cannot reach ", server, ": ", httplib::to_string(result.error())));
  return ClientAnswer{result->status, result->body};
}

}  // namespace

Client::Client(std::string server, Duration timeout)
    : state_(std::make_unique<State>(State{server, httplib::Client(server)})) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(timeout - seconds);
  state_->client.set_keep_alive(true);
  state_->client.set_tcp_nodelay(true);
  state_->client.set_connection_timeout(static_cast<time_t>(seconds.count()), static_cast<time_t>(rest.count()));
  state_->client.set_read_timeout(static_cast<time_t>(seconds.count()), static_cast<time_t>(rest.count()));
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientAnswer> Client::get(const std::string& path) {
  return answer_of(state_->server, state_->client.Get(path.c_str()));
}

Result<ClientAnswer> Client::post(const std::string& path, std::string_view body, const ClientHeaders& headers) {
  httplib::Headers sent;
  for (const auto& [name, value] : headers) sent.emplace(name, value);
  return answer_of(state_->server,
                   state_->client.Post(path.c_str(), sent, body.data(), body.size(), "application/json"));
}

std::string library_version() {
  return CPPHTTPLIB_VERSION;
}

}  // namespace hookferry::http
