#include "kafka/topics.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/append_only.h"
#include "base/check.h"
#include "base/text.h"
#include "base/thread.h"
#include "kafka/admin.h"
#include "kafka/configuration.h"
#include "kafka/metadata.h"
#include "kafka/topic_answers.h"
#include "kafka/topic_problems.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds admin_timeout{5000};

Result<ConfigurationHandle> keeper_configuration(const ProducerOptions& kafka, const TopicOptions& options) {
  auto configuration = common_configuration(kafka);
  // The embedded broker makes the topics that it is asked for, later versions of it only if they are asked to.
  if (configuration && !options.admin_calls) {
    if (auto set = set_property(configuration->get(), "allow.auto.create.topics", "true"); !set) return set.error();
  }
  return configuration;
}

}  // namespace

/// All but the answers below the mutex belongs to the keeper's thread. The client's own log lines are not shown: the
/// producer's, which connects to the same brokers, are.
struct TopicKeeper::State final : private ClientObserver {
  State(const ProducerOptions& kafka, TopicOptions options_, std::vector<std::string> names_, Log& log_)
      : servers(kafka.bootstrap_servers), options(std::move(options_)), log(log_) {
    set_topics(TopicSet::all_used(std::move(names_)));
  }
  ~State() override;

  [[nodiscard]] Result<ClientHandle> connect(const ProducerOptions& kafka);
  Result<void> start(const ProducerOptions& kafka);
  Result<void> reconnect(const ProducerOptions& kafka);
  void take_over_client(std::unique_lock<std::mutex>& lock);
  void set_topics(TopicSet topics);
  void loop();
  bool round();
  bool ask_all(std::vector<TopicState>& found);
  void create_missing(std::vector<TopicState>& found);
  bool describe_present(std::vector<TopicState>& found);
  void kafka_is_away(rd_kafka_resp_err_t failure);
  void take_over(std::vector<TopicState> found);
  TopicState state(std::size_t id) const;

  void logged(int level, const char* facility, const char* text) noexcept override;
  void failed(rd_kafka_resp_err_t error, const char* text) noexcept override;

  const std::string servers;
  const TopicOptions options;
  Log& log;
  Patience patience;
  std::string last_error;
  bool away = false;
  std::vector<std::string> names;  // of this round
  std::vector<bool> used;

  std::atomic<bool> stopping{false};
  std::atomic<bool> all_asked{false};
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool wished = false;
  TopicSet wanted;
  std::vector<TopicState> states;
  AppendOnly<std::atomic<std::size_t>> limits;  // appended to under the mutex, read without it

  ClientHandle client;       // changed by its thread alone, under the mutex
  ClientHandle next_client;  // under the mutex; null: none
  std::thread thread;
};

TopicKeeper::State::~State() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (thread.joinable()) thread.join();
}

Result<ClientHandle> TopicKeeper::State::connect(const ProducerOptions& kafka) {
  auto configuration = keeper_configuration(kafka, options);
  if (!configuration) return configuration.error();
  return make_client(RD_KAFKA_PRODUCER, std::move(*configuration), *this, kafka.tokens);
}

Result<void> TopicKeeper::State::start(const ProducerOptions& kafka) {
  auto made = connect(kafka);
  if (!made) return made.error();
  client = std::move(*made);
  thread = start_thread("kafka-topics", [this] { loop(); });
  return {};
}

Result<void> TopicKeeper::State::reconnect(const ProducerOptions& kafka) {
  auto made = connect(kafka);
  if (!made) return made.error();
  {
    const std::lock_guard lock(mutex);
    std::swap(next_client, *made);  // one that was not taken over yet ends here
    wished = true;
  }
  changed.notify_all();
  return {};
}

/// The one before ends without the lock: it takes a while.
void TopicKeeper::State::take_over_client(std::unique_lock<std::mutex>& lock) {
  if (!next_client) return;
  std::swap(client, next_client);
  ClientHandle before = std::move(next_client);
  lock.unlock();
  before.reset();
  lock.lock();
}

void TopicKeeper::State::set_topics(TopicSet topics) {
  {
    const std::lock_guard lock(mutex);
    states.resize(topics.names.size());
    for (std::size_t i = 0; i < wanted.used.size(); ++i) {
      // What is in use again may have gone meanwhile.
      if (topics.used[i] && !wanted.used[i]) states[i].kind = TopicState::Kind::unasked;
    }
    wanted = std::move(topics);
    for (std::size_t i = limits.size(); i < states.size(); ++i) limits.emplace_back(states[i].max_message_bytes);
    wished = true;
  }
  changed.notify_all();
}

void TopicKeeper::State::loop() {
  BackOff back_off(milliseconds(250), milliseconds(30000));
  std::unique_lock lock(mutex);
  while (!stopping) {
    take_over_client(lock);
    if (std::exchange(wished, false)) back_off.reset();
    names = wanted.names;
    used = wanted.used;
    lock.unlock();
    const bool settled = round();
    lock.lock();
    if (settled) back_off.reset();
    changed.wait_for(lock, settled ? milliseconds(60000) : back_off.next(), [this] { return wished || stopping; });
  }
}

/// Asks for everything once; whether nothing is left that another try could change soon.
bool TopicKeeper::State::round() {
  std::vector<TopicState> found(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) found[i] = state(i);
  bool settled = ask_all(found);
  rd_kafka_poll(client.get(), 0);  // for last_error
  if (stopping || away) return false;
  if (options.admin_calls) {
    create_missing(found);
    settled = describe_present(found) && settled;
  }
  if (stopping) return false;
  take_over(std::move(found));
  return settled;
}

bool TopicKeeper::State::ask_all(std::vector<TopicState>& found) {
  bool settled = true;
  for (std::size_t i = 0; i < names.size() && !stopping; ++i) {
    if (!used[i]) continue;
    // Not kept: while a handle is there, librdkafka asks for a missing topic every second.
    const TopicHandle handle(rd_kafka_topic_new(client.get(), names[i].c_str(), nullptr));
    TopicMetadata answer;
    const rd_kafka_resp_err_t failure = ask_topic(client.get(), handle.get(), patience, answer);
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_poll(client.get(), 0);
      kafka_is_away(failure);
      return false;
    }
    if (std::exchange(away, false)) log.info(cat("Kafka at ", servers, " answers again"));
    TopicState& topic = found[i];
    take_metadata(names[i], answer, topic);
    settled = settled && topic.problem.empty() && answer.leaderless == 0;
  }
  return settled;
}

void TopicKeeper::State::create_missing(std::vector<TopicState>& found) {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (used[i] && found[i].kind == TopicState::Kind::missing) missing.push_back(names[i]);
  }
  if (missing.empty() || !options.create) return;
  const AdminAnswers answers = create_topics(client.get(), missing, options, admin_timeout, stopping);
  if (stopping) return;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto entry = answers.find(names[i]);
    if (entry == answers.end()) continue;
    const AdminAnswer& answer = entry->second;
    // Just made, or meanwhile by somebody else: the next round, in a moment, sees it.
    const bool there =
        answer.error == RD_KAFKA_RESP_ERR_NO_ERROR || answer.error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
    found[i].problem = there ? "" : creation_problem(names[i], answer.error, answer.text, options);
    if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      log.info(cat("created topic ", names[i], " with ", options.partitions, " partitions"));
    }
  }
}

bool TopicKeeper::State::describe_present(std::vector<TopicState>& found) {
  std::vector<std::string> present;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (used[i] && found[i].kind == TopicState::Kind::present) present.push_back(names[i]);
  }
  if (present.empty()) return true;
  const AdminAnswers answers = describe_topics(client.get(), present, admin_timeout, stopping);
  bool settled = true;
  for (std::size_t i = 0; i < names.size() && !stopping; ++i) {
    const auto answer = answers.find(names[i]);
    if (answer == answers.end()) continue;
    take_description(names[i], answer->second, found[i]);
    // A right may stay away for good; anything else passes, such as that a new topic is not known everywhere yet.
    settled = settled && (answer->second.error == RD_KAFKA_RESP_ERR_NO_ERROR ||
                          answer->second.error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                          answer->second.error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  }
  return settled;
}

void TopicKeeper::State::kafka_is_away(rd_kafka_resp_err_t failure) {
  // Without an answer in time Kafka may only be slow: asked again with more patience.
  if (failure == RD_KAFKA_RESP_ERR__TIMED_OUT && !patience.at_its_end()) return;
  const std::string reason = last_error.empty() ? std::string(rd_kafka_err2str(failure)) : last_error;
  const std::string problem = unreachable_problem(servers, reason);
  {
    const std::lock_guard lock(mutex);
    for (TopicState& topic : states) {
      if (topic.kind == TopicState::Kind::unasked) topic.problem = problem;
    }
  }
  if (!std::exchange(away, true)) log.warn(problem);
}

void TopicKeeper::State::take_over(std::vector<TopicState> found) {
  std::vector<std::string> said;
  {
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!used[i]) continue;
      if (found[i].problem != states[i].problem && !found[i].problem.empty()) said.push_back(found[i].problem);
      limits[i] = found[i].max_message_bytes;
      states[i] = std::move(found[i]);
    }
    all_asked = true;
  }
  for (const std::string& problem : said) log.warn(problem);
}

TopicState TopicKeeper::State::state(std::size_t id) const {
  const std::lock_guard lock(mutex);
  HOOKFERRY_CHECK(id < states.size());
  return states[id];
}

void TopicKeeper::State::logged(int, const char*, const char*) noexcept {}
void TopicKeeper::State::failed(rd_kafka_resp_err_t error, const char* text) noexcept {
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) last_error = text;
}

TopicKeeper::TopicKeeper(std::unique_ptr<State> state) : state_(std::move(state)) {}
TopicKeeper::~TopicKeeper() = default;

Result<std::unique_ptr<TopicKeeper>> TopicKeeper::start(const ProducerOptions& kafka, TopicOptions options,
                                                        std::vector<std::string> topics, Log& log) {
  auto state = std::make_unique<State>(kafka, std::move(options), std::move(topics), log);
  if (auto started = state->start(kafka); !started) return started.error();
  return std::unique_ptr<TopicKeeper>(new TopicKeeper(std::move(state)));
}

void TopicKeeper::set_topics(TopicSet topics) {
  state_->set_topics(std::move(topics));
}

void TopicKeeper::set_credentials(const Credentials& credentials) noexcept {
  const std::lock_guard lock(state_->mutex);
  for (const ClientHandle* const client : {&state_->client, &state_->next_client}) {
    if (*client) kafka::set_credentials(client->get(), credentials);
  }
}

Result<void> TopicKeeper::reconnect(const ProducerOptions& kafka) {
  return state_->reconnect(kafka);
}

TopicState TopicKeeper::state(TopicId topic) const {
  return state_->state(topic);
}

std::size_t TopicKeeper::max_message_bytes(TopicId topic) const noexcept {
  const std::atomic<std::size_t>* const limit = state_->limits.find(topic);
  HOOKFERRY_CHECK(limit != nullptr);
  return *limit;
}

bool TopicKeeper::asked() const noexcept {
  return state_->all_asked;
}

void TopicKeeper::ask_again() noexcept {
  {
    const std::lock_guard lock(state_->mutex);
    state_->wished = true;
  }
  state_->changed.notify_all();
}

}  // namespace hookferry::kafka
