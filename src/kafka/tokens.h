// Tokens to log in with by SASL OAUTHBEARER: fetched on a thread of their own, for all clients of one login.
// librdkafka says when it wants one, at 80% of the life of the one that it has, or 10 s after a failure
// (rd_kafka_sasl_oauthbearer.c); Debian 12's is built without OpenID Connect, so that fetching is ours.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hookferry/clock.h"

struct rd_kafka_s;  // librdkafka's rd_kafka_t

namespace hookferry::kafka {

struct Token {
  std::string value;  // never printed
  WallTime expires;
  std::string principal;                                        // for librdkafka; Kafka reads it in the token
  std::vector<std::pair<std::string, std::string>> extensions;  // SASL extensions: RFC 7628, section 3.1
};

/// Where tokens come from.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// Blocks, for a time that it bounds. The error says what to do, and nothing of a secret or token. By one thread at a
  /// time.
  [[nodiscard]] virtual Result<Token> fetch() = 0;
};

struct TokenState {
  std::string problem;              // why the last fetch failed; empty: it did not, or there was none
  std::optional<WallTime> expires;  // of the newest token
  std::uint64_t fetched = 0;
  std::uint64_t failed = 0;
};

/// Clients that want a token at the same time share one. Thread-safe; destruction waits for a fetch that is under way.
class Tokens {
 public:
  explicit Tokens(std::unique_ptr<TokenSource> source);
  ~Tokens();
  Tokens(const Tokens&) = delete;
  Tokens& operator=(const Tokens&) = delete;

  /// From now on they come from there, and every client gets one at once: what was wrong may be right now.
  void use(std::unique_ptr<TokenSource> source);
  [[nodiscard]] TokenState state() const;

  /// For this room: between `join` and `leave` a client may be given tokens, on another thread. Another's wish is
  /// ignored.
  void join(rd_kafka_s* client);
  void leave(rd_kafka_s* client) noexcept;
  void wanted(rd_kafka_s* client) noexcept;

 private:
  [[nodiscard]] bool anyone_wants() const;
  void run();
  void note(Result<Token> fetched);
  void hand_over(rd_kafka_s* client);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::shared_ptr<TokenSource> source_;
  std::map<rd_kafka_s*, bool> clients_;  // whether each wants one
  std::optional<Result<Token>> last_;
  std::chrono::steady_clock::time_point good_until_;  // `last_`, for whoever asks
  TokenState state_;
  std::thread thread_;  // from the first `join` on
};

}  // namespace hookferry::kafka
