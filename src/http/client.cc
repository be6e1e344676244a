#include "http/client.h"

#include <httplib.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.h"
#include "base/thread.h"
#include "http/characters.h"
#include "http/version.h"

namespace hookferry::http {

namespace {

/// What the library says in one word, with what it does not say.
std::string reason(httplib::Error problem, bool timed_out) {
  switch (problem) {
    case httplib::Error::Connection:
      return "nobody accepts a connection there";
    case httplib::Error::Read:
      return timed_out ? "no answer in time" : "the connection was closed before the answer";
    case httplib::Error::SSLServerVerification:
      return "its certificate is not trusted here, or is another name's";
    case httplib::Error::SSLLoadingCerts:
      return "no certificate can be read from the file of those that are trusted";
    case httplib::Error::Canceled:
      return cat("its answer is longer than ", Client::max_answer, " bytes");
    default:
      return httplib::to_string(problem);
  }
}

/// Ends what a client has under way when its time is over: cpp-httplib bounds each wait, not their sum.
class Alarm {
 public:
  Alarm(httplib::Client& client, Duration limit)
      : thread_(start_thread("http-alarm", [this, &client, limit] {
          std::unique_lock lock(mutex_);
          if (!changed_.wait_for(lock, limit, [this] { return off_; })) client.stop();
        })) {}
  ~Alarm() {
    {
      const std::lock_guard lock(mutex_);
      off_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool off_ = false;
  std::thread thread_;
};

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-._:[]").find(c) != std::string_view::npos;
}

}  // namespace

struct Client::State {
  std::string server;
  httplib::Client client;
  Duration timeout;
  std::optional<Duration> whole;

  Result<ClientAnswer> ask(httplib::Request request) {
    std::string body;
    request.content_receiver = [&body](const char* data, std::size_t size, auto, auto) {
      if (size > max_answer - body.size()) return false;
      body.append(data, size);
      return true;
    };
    const auto begin = std::chrono::steady_clock::now();
    std::optional<Alarm> alarm;
    if (whole) alarm.emplace(client, *whole);
    const httplib::Result result = client.send(request);
    const Duration elapsed = std::chrono::steady_clock::now() - begin;
    if (!result) {
      const bool timed_out = elapsed >= std::min(timeout, whole.value_or(timeout));
      return error(cat("cannot reach ", server, ": ", reason(result.error(), timed_out)));
    }
    return ClientAnswer{result->status, std::move(body), elapsed};
  }
};

Client::Client(const std::string& server, Duration timeout, const Trust& trust)
    : state_(std::make_unique<State>(State{server, httplib::Client(server), timeout, {}})) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(timeout - seconds);
  state_->client.set_keep_alive(true);
  state_->client.set_tcp_nodelay(true);
  state_->client.set_connection_timeout(static_cast<time_t>(seconds.count()), static_cast<time_t>(rest.count()));
  state_->client.enable_server_certificate_verification(!trust.anyone);
  if (!trust.issuers.empty()) state_->client.set_ca_cert_path(trust.issuers);
  state_->client.set_read_timeout(static_cast<time_t>(seconds.count()), static_cast<time_t>(rest.count()));
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::bound(Duration whole) {
  state_->whole = whole;
}

Result<ClientAnswer> Client::get(const std::string& path) {
  httplib::Request request;
  request.method = "GET";
  request.path = path;
  return state_->ask(std::move(request));
}

Result<ClientAnswer> Client::post(const std::string& path, std::string_view body, const ClientHeaders& headers,
                                  const char* content_type) {
  httplib::Request request;
  request.method = "POST";
  request.path = path;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  request.headers.emplace("Content-Type", content_type);
  request.body = body;
  return state_->ask(std::move(request));
}

Result<Url> parse_url(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return error(cat("'", printable(text, 200), "' ", why, ": write http://HOST:PORT/PATH or https://HOST/PATH"));
  };
  const std::size_t scheme = text.find("://");
  const std::string_view name = text.substr(0, scheme == std::string_view::npos ? 0 : scheme);
  if (name != "http" && name != "https") return fail("is no http or https URL");
  const std::size_t host = scheme + 3;
  const std::size_t path = std::min(text.find_first_of("/?#", host), text.size());
  const std::string_view authority = text.substr(host, path - host);
  if (authority.empty() || !std::ranges::all_of(authority, is_host_character)) return fail("has no proper host");
  if (text.find('#') != std::string_view::npos) return fail("has a fragment");
  if (!std::ranges::all_of(text, is_visible_byte)) return fail("has a blank or another character that no URL has");
  const std::string_view rest = text.substr(path);
  return Url{std::string(text.substr(0, path)), rest.starts_with('?') ? cat("/", rest) : std::string(rest)};
}

std::string library_version() {
  return CPPHTTPLIB_VERSION;
}

}  // namespace hookferry::http
