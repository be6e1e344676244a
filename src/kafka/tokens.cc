#include "kafka/tokens.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/thread.h"
#include "kafka/handles.h"

namespace hookferry::kafka {
namespace {

/// All clients ask again at about the same time after a failure: one answer is for all of them.
constexpr std::chrono::seconds failure_life{5};

std::int64_t since_epoch(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// Empty where librdkafka takes the token, else why not.
std::string set_token(rd_kafka_t* client, const Token& token) {
  std::vector<const char*> extensions;
  for (const auto& [name, value] : token.extensions) extensions.insert(extensions.end(), {name.c_str(), value.c_str()});
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t refused =
      rd_kafka_oauthbearer_set_token(client, token.value.c_str(), since_epoch(token.expires), token.principal.c_str(),
                                     extensions.data(), extensions.size(), reason.data(), reason.size());
  return refused == RD_KAFKA_RESP_ERR_NO_ERROR ? std::string() : printable(reason.data(), 300);
}

}  // namespace

Tokens::Tokens(std::unique_ptr<TokenSource> source) : source_(std::move(source)) {}

Tokens::~Tokens() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Tokens::use(std::unique_ptr<TokenSource> source) {
  {
    const std::lock_guard lock(mutex_);
    source_ = std::move(source);
    last_.reset();
    for (auto& [client, wants] : clients_) wants = true;
  }
  changed_.notify_all();
}

TokenState Tokens::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Tokens::join(rd_kafka_s* client) {
  const std::lock_guard lock(mutex_);
  clients_.emplace(client, false);
  if (!thread_.joinable()) thread_ = start_thread("kafka-tokens", [this] { run(); });
}

void Tokens::leave(rd_kafka_s* client) noexcept {
  const std::lock_guard lock(mutex_);
  clients_.erase(client);
}

void Tokens::wanted(rd_kafka_s* client) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    found->second = true;
  }
  changed_.notify_all();
}

bool Tokens::anyone_wants() const {
  return std::ranges::any_of(clients_, [](const auto& client) { return client.second; });
}

void Tokens::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || anyone_wants(); });
    if (stopping_) return;
    if (!last_ || std::chrono::steady_clock::now() >= good_until_) {
      const std::shared_ptr<TokenSource> source = source_;
      lock.unlock();
      Result<Token> fetched = source->fetch();
      lock.lock();
      if (source != source_) continue;  // nobody wants its answer any more
      note(std::move(fetched));
    }
    for (auto& [client, wants] : clients_) {
      if (std::exchange(wants, false)) hand_over(client);
    }
  }
}

/// A token is for whoever asks in the first half of its life: who asks later wants a newer one.
void Tokens::note(Result<Token> fetched) {
  const WallTime now = std::chrono::system_clock::now();
  if (fetched && fetched->expires <= now) {
    fetched = error("kafka.oauth: the token has expired already: see that a new one is issued, and the clock here");
  }
  const auto life = fetched ? (fetched->expires - now) / 2 : WallTime::duration(failure_life);
  good_until_ = std::chrono::steady_clock::now() + life;
  ++(fetched ? state_.fetched : state_.failed);
  state_.problem = fetched ? std::string() : fetched.error().message;
  if (fetched) state_.expires = fetched->expires;
  last_ = std::move(fetched);
}

/// With the mutex held, so that the client is not ended meanwhile; librdkafka only notes it.
void Tokens::hand_over(rd_kafka_s* client) {
  std::string problem = *last_ ? set_token(client, **last_) : last_->error().message;
  if (problem.empty()) return;
  if (*last_) state_.problem = problem = cat("kafka.oauth: librdkafka does not take the token: ", problem);
  rd_kafka_oauthbearer_set_token_failure(client, problem.c_str());
}

}  // namespace hookferry::kafka
