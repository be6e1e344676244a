// A small HTTP client: for `demo`, `healthcheck`, `send`, and what else talks to an instance.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"

namespace hookferry::http {

struct ClientAnswer {
  int status = 0;
  std::string body;
  Duration elapsed{};  // from before the request was written until the answer was read; with the connecting, if any
};

/// A URL in the two parts that a Client wants.
struct Url {
  std::string server;  // "http://127.0.0.1:8080", "https://hooks.example.com"
  std::string path;    // with its query; empty where the URL has none
};
/// http and https; without user and password, and without a fragment.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

using ClientHeaders = std::vector<std::pair<std::string, std::string>>;

/// Which server of https is taken for the one that is meant.
struct Trust {
  /// Whatever certificate it shows: for a server on this machine, which has that of its public name.
  bool anyone = false;
  /// Else: a file of certificates in PEM, one of which has signed its. Empty: those that this machine trusts.
  std::string issuers;
};

/// One connection to one server ("http://127.0.0.1:8080"), kept alive between requests. Redirects are not followed. Not
/// thread-safe.
class Client {
 public:
  /// A longer answer is an error.
  static constexpr std::size_t max_answer = 4 << 20;

  /// `timeout` is for connecting, and for each wait for the server.
  explicit Client(const std::string& server, Duration timeout = std::chrono::seconds(10), const Trust& trust = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Bounds each later request in all, once the server is connected, however busily it sends. Costs a thread for each.
  void bound(Duration whole);

  /// An error says what could not be reached, and why.
  [[nodiscard]] Result<ClientAnswer> get(const std::string& path);
  [[nodiscard]] Result<ClientAnswer> post(const std::string& path, std::string_view body, const ClientHeaders& headers,
                                          const char* content_type = "application/json");

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookferry::http
