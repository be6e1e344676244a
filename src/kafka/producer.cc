#include "kafka/producer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.h"
#include "base/thread.h"
#include "kafka/client_log.h"
#include "kafka/first_records.h"
#include "kafka/producer_client.h"
#include "kafka/send_queue.h"

namespace hookferry::kafka {

using std::chrono::milliseconds;

/// Two threads: the sender hands records to the client in bursts and takes the reports of both clients, the housekeeper
/// does all that may block (asking for metadata, making the second client). The mutex guards what is below it and is
/// never held while calling out.
struct Producer::State final : private ProducerClient::Owner {
  State(ProducerOptions options_, TopicSet topics_, DeliveryReports& reports_, Log& log_)
      : options(std::move(options_)), reports(reports_), log(log_), client_log(log_), topics(std::move(topics_)) {}
  ~State() override { stop(); }

  Result<void> start();
  void stop() noexcept;
  Refusal publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept;
  std::size_t flush(Duration limit);
  [[nodiscard]] std::size_t outstanding() const noexcept;
  void refresh() noexcept;

  void sending_loop();
  void send_burst();
  void housekeeping_loop();
  bool housekeep(Patience& patience);
  void make_alone();
  Result<void> set_topics(TopicSet wanted);
  void set_credentials(const Credentials& wanted) noexcept;

  void came_up() noexcept;
  void went_down(std::string_view reason) noexcept;

  void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept override;
  void all_reported() noexcept override;
  void topic_in_doubt() noexcept override;
  void client_failed(rd_kafka_resp_err_t error, const char* text) noexcept override;
  void client_measured(Statistics statistics) noexcept override;
  void client_logged(int level, const char* facility, const char* text) noexcept override;

  const ProducerOptions options;
  DeliveryReports& reports;
  Log& log;
  ClientLog client_log;

  SendQueue waiting{options.max_queued_records, options.max_queued_bytes};
  std::optional<FirstRecords> firsts;  // of the sender
  std::size_t stuck = 0;               // of the sender: what the last burst left unreported when its time was over

  std::atomic<ProducerClient*> alone{nullptr};
  std::atomic<bool> alone_wanted{false};
  std::atomic<bool> stopping{false};
  std::atomic<bool> up{false};
  std::atomic<bool> fatal{false};
  std::atomic<bool> retired{false};

  mutable std::mutex mutex;
  std::condition_variable chores_changed;
  std::condition_variable reported_all;
  bool chore = true;    // there may be something to do
  bool urgent = false;  // and the pause between tries is cut short for it
  ProducerState seen;
  TopicSet topics;
  std::optional<Credentials> credentials;  // since the start; until then those of the options

  // After all that their callbacks use.
  std::unique_ptr<ProducerClient> together;
  std::unique_ptr<ProducerClient> alone_owned;  // made by the housekeeper at the first wish, kept to the end
  std::thread sender;
  std::thread housekeeper;
};

Result<void> Producer::State::start() {
  auto made = ProducerClient::make(options, topics, Batching::together, *this);
  if (!made) return made.error();
  together = std::move(*made);
  firsts.emplace(waiting, *together);
  sender = start_thread("kafka-send", [this] { sending_loop(); });
  housekeeper = start_thread("kafka-keep", [this] { housekeeping_loop(); });
  return {};
}

void Producer::State::stop() noexcept {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  chores_changed.notify_all();
  if (housekeeper.joinable()) housekeeper.join();
  if (together) together->wake();
  if (sender.joinable()) sender.join();
}

Refusal Producer::State::publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept {
  if (fatal) return Refusal::fatal;
  if (retired) return Refusal::queue_full;
  if (batching == Batching::together) {
    const SendQueue::Pushed pushed = waiting.push(record, cookie);
    if (pushed == SendQueue::Pushed::taken_wake_up) together->wake();
    return pushed == SendQueue::Pushed::full ? Refusal::queue_full : Refusal::none;
  }
  ProducerClient* const client = alone;
  if (client == nullptr) {
    // Making a client may read certificates from the disk: not here.
    if (!alone_wanted.exchange(true)) refresh();
    return Refusal::transient;
  }
  const Refusal refusal = client->publish(record, cookie);
  if (refusal == Refusal::none) together->wake();  // the sender now looks after both
  return refusal;
}

std::size_t Producer::State::outstanding() const noexcept {
  const ProducerClient* const second = alone;
  // In this order: what is being handed over counts twice rather than not at all.
  const std::size_t queued = waiting.size();
  return queued + together->outstanding() + (second == nullptr ? 0 : second->outstanding());
}

std::size_t Producer::State::flush(Duration limit) {
  std::unique_lock lock(mutex);
  reported_all.wait_for(lock, limit, [this] { return outstanding() == 0; });
  return outstanding();
}

void Producer::State::refresh() noexcept {
  {
    const std::lock_guard lock(mutex);
    urgent = true;
    chore = true;
  }
  chores_changed.notify_all();
}

void Producer::State::sending_loop() {
  while (!stopping) {
    ProducerClient* const second = alone;
    const bool both = second != nullptr && second->outstanding() > 0;
    if (waiting.take() || firsts->ready()) {
      send_burst();
    } else {
      together->poll(both ? milliseconds(5) : milliseconds(100));
    }
    if (second != nullptr) second->poll(milliseconds(0));
  }
}

/// Hands over what waits, and takes reports until Kafka has acknowledged it, for at most the linger: what comes
/// meanwhile waits, and so shares requests. With one topic in trouble the others' bursts end as before.
void Producer::State::send_burst() {
  while (const SendQueue::Item* const item = firsts->next()) {
    const Refusal refusal = together->publish(*item->record, item->cookie);
    if (refusal == Refusal::queue_full) break;  // it stays in front
    const std::uint64_t cookie = item->cookie;
    firsts->pop();
    if (refusal == Refusal::none) continue;
    reported(cookie, {.refusal = refusal});
    if (outstanding() == 0) all_reported();
  }
  together->flush(std::min(stuck, together->outstanding()), std::chrono::ceil<milliseconds>(options.linger));
  stuck = together->outstanding();
}

void Producer::State::housekeeping_loop() {
  Patience patience;
  BackOff pause(milliseconds(100), milliseconds(1000));
  std::unique_lock lock(mutex);
  while (!stopping) {
    chore = false;
    urgent = false;
    lock.unlock();
    const bool done = housekeep(patience);
    lock.lock();
    if (done) pause.reset();
    chores_changed.wait_for(lock, pause.next(), [this] { return urgent || stopping; });
    if (done) chores_changed.wait(lock, [this] { return chore || stopping; });
  }
}

/// Whether there is nothing left to do until something happens.
bool Producer::State::housekeep(Patience& patience) {
  if (alone_wanted && alone == nullptr) make_alone();
  if (!up) together->doubt_all();
  for (ProducerClient* const client : {together.get(), alone.load()}) {
    if (client == nullptr) continue;
    rd_kafka_resp_err_t failure = RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto lesson = client->learn(patience, stopping, failure);
    if (stopping) return false;
    if (lesson == ProducerClient::Lesson::unreachable) {
      // Without an answer in time Kafka may only be slow; without a connection it is away.
      if (failure != RD_KAFKA_RESP_ERR__TIMED_OUT || patience.at_its_end()) went_down(rd_kafka_err2str(failure));
      return false;
    }
    if (client->topics() > 0) came_up();
    if (lesson == ProducerClient::Lesson::incomplete) return false;
  }
  return true;
}

void Producer::State::make_alone() {
  auto made = ProducerClient::make(options, {}, Batching::alone, *this);
  if (made) {
    // From here on it is told of every change, like the other.
    const std::lock_guard lock(mutex);
    if (credentials) (*made)->set_credentials(*credentials);
    if (auto set = (*made)->set_topics(topics); set) {
      alone_owned = std::move(*made);
      alone = alone_owned.get();
      return;
    } else {
      made = set.error();
    }
  }
  log.error(cat("a second Kafka client, for records that are to be sent alone, failed: ", made.error().message));
  alone_wanted = false;
}

Result<void> Producer::State::set_topics(TopicSet wanted) {
  {
    const std::lock_guard lock(mutex);
    topics = std::move(wanted);
    for (ProducerClient* const client : {together.get(), alone.load()}) {
      if (client == nullptr) continue;
      if (auto set = client->set_topics(topics); !set) return set;
    }
  }
  refresh();
  return {};
}

void Producer::State::set_credentials(const Credentials& wanted) noexcept {
  const std::lock_guard lock(mutex);
  credentials = wanted;
  together->set_credentials(wanted);
  if (alone_owned) alone_owned->set_credentials(wanted);
}

void Producer::State::came_up() noexcept {
  if (up) return;
  {
    const std::lock_guard lock(mutex);
    if (up) return;
    up = true;
    seen.last_error.clear();
  }
  log.info(cat("connected to Kafka at ", options.bootstrap_servers));
}

void Producer::State::went_down(std::string_view reason) noexcept {
  bool was_up = false;
  {
    const std::lock_guard lock(mutex);
    was_up = up.exchange(false);
    if (seen.last_error.empty()) seen.last_error = printable(reason, 300);
    chore = true;
  }
  chores_changed.notify_all();
  if (was_up) log.warn(cat("Kafka at ", options.bootstrap_servers, " can't be reached: ", printable(reason, 300)));
}

void Producer::State::reported(std::uint64_t cookie, const DeliveryReport& report) noexcept {
  if (report.refusal == Refusal::none) came_up();
  firsts->reported(cookie, report);
  reports.reported(cookie, report);
}

void Producer::State::all_reported() noexcept {
  // The lock orders this after the check of a flush that is about to wait.
  { const std::lock_guard lock(mutex); }
  reported_all.notify_all();
}

void Producer::State::topic_in_doubt() noexcept {
  {
    const std::lock_guard lock(mutex);
    chore = true;
  }
  chores_changed.notify_all();
}

void Producer::State::client_failed(rd_kafka_resp_err_t error, const char* text) noexcept {
  {
    const std::lock_guard lock(mutex);
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || seen.last_error.empty()) {
      seen.last_error = printable(text, 300);
    }
  }
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) went_down(text);
  if (error == RD_KAFKA_RESP_ERR__FATAL && !fatal.exchange(true)) {
    log.error(cat("the Kafka producer is finished, nothing more can be published with it: ", printable(text, 500)));
  }
}

void Producer::State::client_measured(Statistics statistics) noexcept {
  bool in_doubt = false;
  {
    const std::lock_guard lock(mutex);
    // An average over no requests is 0: what was measured before still says more.
    for (BrokerState& broker : statistics.brokers) {
      for (const BrokerState& before : seen.brokers) {
        if (before.id == broker.id && broker.rtt_seconds == 0) broker.rtt_seconds = before.rtt_seconds;
      }
    }
    seen.brokers = std::move(statistics.brokers);
    seen.retries = statistics.retries;
    in_doubt = up && !statistics.connected;
  }
  // Brokers close idle connections: that none is open says nothing until one can't be opened.
  if (in_doubt) {
    together->doubt_all();
    refresh();
  } else if (statistics.connected) {
    came_up();
  }
}

void Producer::State::client_logged(int level, const char* facility, const char* text) noexcept {
  client_log.write(level, facility, text);
}

Producer::Producer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::create(ProducerOptions options, std::vector<std::string> topics,
                                                   DeliveryReports& reports, Log& log) {
  auto state = std::make_unique<State>(std::move(options), TopicSet::all_used(std::move(topics)), reports, log);
  if (auto started = state->start(); !started) return started.error();
  return std::unique_ptr<Producer>(new Producer(std::move(state)));
}

Refusal Producer::publish(const Record& record, std::uint64_t cookie, Batching batching) noexcept {
  return state_->publish(record, cookie, batching);
}

bool Producer::connected() const noexcept {
  return state_->up;
}

std::size_t Producer::flush(Duration limit) {
  return state_->flush(limit);
}

void Producer::purge() noexcept {
  state_->together->purge();
  if (ProducerClient* const second = state_->alone) second->purge();
}

void Producer::refresh_topics() noexcept {
  state_->together->doubt_all();
  state_->refresh();
}

ProducerState Producer::state() const {
  const std::lock_guard lock(state_->mutex);
  ProducerState result = state_->seen;
  result.up = state_->up;
  result.fatal = state_->fatal;
  result.unknown_topics = state_->together->unknown_topics();
  return result;
}

Result<void> Producer::set_topics(TopicSet topics) {
  return state_->set_topics(std::move(topics));
}

bool Producer::knows(TopicId topic) const noexcept {
  return state_->together->knows(topic);
}

void Producer::set_credentials(const Credentials& credentials) noexcept {
  state_->set_credentials(credentials);
}

void Producer::retire() noexcept {
  state_->retired = true;
}

void Producer::make_fatal() noexcept {
  state_->together->make_fatal();
}

}  // namespace hookferry::kafka
