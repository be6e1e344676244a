#include "kafka/tail.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/thread.h"
#include "base/units.h"
#include "kafka/followed.h"
#include "kafka/metadata.h"
#include "kafka/tail_client.h"
#include "kafka/tail_problems.h"
#include "kafka/warmup.h"

namespace hookferry::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds read_wait{100};
constexpr Duration look_interval = seconds(5);
constexpr Duration look_interval_while_away = seconds(1);
constexpr milliseconds look_pause{100};  // before Kafka is reached for the first time
constexpr Duration progress_interval = seconds(5);
/// How long leaders may be unknown at the start, as after the start of a broker, before the warm-up goes without them.
constexpr Duration settling = seconds(2);
/// Nothing is known of what was published before.
constexpr WallTime never = WallTime::max();

}  // namespace

/// All but what is below the mutex belongs to the tail's thread.
struct Tail::State {
  State(std::unique_ptr<TailClient> client_, std::string servers_, TailOptions options_, TopicSet topics_,
        Sightings& sightings_, Log& log_, const Clock& clock_)
      : servers(std::move(servers_)),
        options(options_),
        sightings(sightings_),
        log(log_),
        clock(clock_),
        client(std::move(client_)),
        feed(sightings_, log_, clock_),
        followed(*client, feed, clock_),
        down_since(clock_.monotonic()),
        wanted(std::move(topics_)) {
    shown.lag = Duration::zero();
  }
  ~State();

  void loop();
  bool take_over_topics();
  bool look(std::vector<Placement>& places);
  bool reach(std::vector<Placement>& places);
  void pause(Duration length);
  void warm_up(const std::vector<Placement>& places);
  bool log_progress(const Warmup& warmup, MonotonicTime& next);
  void end_warmup(Warmup::End end, std::optional<WallTime> known_since);
  void turn();
  void look_for_more();
  void show(Duration lag);
  [[nodiscard]] std::string read_so_far(Duration back) const;
  [[nodiscard]] Duration back_to(WallTime time) const { return std::max(clock.wall() - time, Duration::zero()); }

  const std::string servers;
  const TailOptions options;
  Sightings& sightings;
  Log& log;
  const Clock& clock;
  const std::unique_ptr<TailClient> client;
  SightingFeed feed;
  Followed followed;
  Patience patience;
  std::string away;          // why Kafka does not answer; empty: it does
  WallTime since{};          // records from then on are read
  MonotonicTime begun{};     // the warm-up
  MonotonicTime deadline{};  // of the warm-up
  MonotonicTime next_look{};
  std::optional<MonotonicTime> down_since;
  bool catching_up = true;  // the warm-up is not over

  std::atomic<bool> stopping{false};
  std::atomic<bool> warmed{false};
  std::atomic<bool> look_wished{false};
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::optional<TopicSet> wanted;  // not taken over yet
  std::optional<MonotonicTime> others_see_kafka;
  TailState shown;

  std::thread thread;
};

Tail::State::~State() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (thread.joinable()) thread.join();
}

void Tail::State::loop() {
  std::vector<Placement> places;
  const bool reached = reach(places);
  if (stopping) return;
  begun = clock.monotonic();
  deadline = begun + options.warmup_timeout;
  if (reached) {
    warm_up(places);
  } else {
    end_warmup(Warmup::End::late, never);
  }
  while (!stopping) turn();
  followed.stop_all();
}

bool Tail::State::take_over_topics() {
  std::optional<TopicSet> topics;
  {
    const std::lock_guard lock(mutex);
    topics = std::exchange(wanted, std::nullopt);
  }
  if (!topics) return false;
  if (auto set = followed.set_topics(std::move(*topics)); !set) log.warn(cat("tail: ", set.error().message));
  return true;
}

/// Whether Kafka answered.
bool Tail::State::look(std::vector<Placement>& places) {
  const rd_kafka_resp_err_t failure = followed.look(milliseconds(patience.milliseconds()), since, places);
  if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) {
    away.clear();
    return true;
  }
  places.clear();
  // Without an answer in time Kafka may only be slow.
  const bool slow = failure == RD_KAFKA_RESP_ERR__TIMED_OUT && !patience.at_its_end();
  if (failure == RD_KAFKA_RESP_ERR__TIMED_OUT) patience.grow();
  const std::string why = client->last_error();
  if (!slow) away = why.empty() ? std::string(rd_kafka_err2str(failure)) : why;
  return false;
}

/// Waits for Kafka, and a little for the leaders of its partitions. False: in vain.
bool Tail::State::reach(std::vector<Placement>& places) {
  std::optional<MonotonicTime> reached;
  while (!stopping) {
    take_over_topics();
    since = clock.wall() - options.warmup;
    places.clear();
    const bool answered = look(places);
    const MonotonicTime now = clock.monotonic();
    if (answered) {
      if (!reached) reached = now;
      if (!followed.incomplete() || now >= *reached + settling) return true;
    }
    {
      const std::lock_guard lock(mutex);
      if (!answered && others_see_kafka && now >= *others_see_kafka + options.warmup_timeout) return false;
    }
    show(Duration::zero());
    pause(look_pause);
  }
  return false;
}

void Tail::State::pause(Duration length) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, length, [this] { return stopping.load(); });
}

void Tail::State::warm_up(const std::vector<Placement>& places) {
  Warmup warmup(*client, feed, followed.names(), clock);
  for (const Placement& place : places) warmup.add(place.of, place.range);
  MonotonicTime next_progress = begun + progress_interval;
  const Warmup::End end = warmup.run(deadline, [&] { return log_progress(warmup, next_progress); });
  if (end == Warmup::End::stopped) return;
  for (const Placement& place : places) followed.start(place.of, place.range.to);
  // What was published meanwhile; and the new ends.
  look_for_more();
  while (!stopping && !followed.caught_up() && clock.monotonic() < deadline) followed.read(read_wait);
  const bool gaps = followed.incomplete();
  end_warmup(end, gaps ? std::optional(never) : warmup.known_since());
}

/// Whether to go on.
bool Tail::State::log_progress(const Warmup& warmup, MonotonicTime& next) {
  if (clock.monotonic() >= next) {
    next = clock.monotonic() + progress_interval;
    log.info(cat("warming up: ", read_so_far(back_to(warmup.known_since().value_or(since)))));
  }
  show(Duration::zero());
  return !stopping;
}

std::string Tail::State::read_so_far(Duration back) const {
  const std::string what = cat(feed.taken(), " events read back in ", human_duration(clock.monotonic() - begun));
  return back == Duration::zero() ? what : cat(what, ", all of the last ", human_duration(back));
}

/// `known_since`: everything since then is known; absent: everything that was to be read back.
void Tail::State::end_warmup(Warmup::End end, std::optional<WallTime> known_since) {
  const Duration back = back_to(known_since.value_or(since));
  sightings.read_back(back);
  std::string text = cat("warm-up: ", read_so_far(back));
  if (end == Warmup::End::full) {
    text.append(": no more fit in dedupe.max_entries; raise it to recognise older ones");
  } else if (end == Warmup::End::late) {
    text.append(cat(": ended by dedupe.warmup_timeout (", format_duration(options.warmup_timeout),
                    "); duplicates of older ones may be published again"));
  } else if (known_since) {
    text.append("; not all could be read");
  }
  if (const std::string problem = followed.problem(); !problem.empty()) text.append("; ").append(problem);
  log.write(known_since ? LogLevel::warn : LogLevel::info, text);
  catching_up = false;
  show(Duration::zero());
  warmed = true;
}

void Tail::State::turn() {
  const bool other_topics = take_over_topics();
  if (look_wished.exchange(false) || other_topics || clock.monotonic() >= next_look) look_for_more();
  show(followed.read(read_wait));
}

/// Finds what is not read yet.
void Tail::State::look_for_more() {
  since = clock.wall() - options.warmup;
  std::vector<Placement> places;
  if (look(places)) {
    for (const Placement& place : places) followed.start(place.of, place.range.from);
  }
  next_look = clock.monotonic() + (away.empty() ? look_interval : look_interval_while_away);
}

void Tail::State::show(Duration lag) {
  std::string problem = away.empty() ? followed.problem() : tail_away_problem(servers, away);
  const bool up = problem.empty() && !catching_up;
  const MonotonicTime now = clock.monotonic();
  if (up) {
    down_since.reset();
  } else if (!down_since) {
    down_since = now;
  }
  const std::lock_guard lock(mutex);
  shown.warmed = !catching_up;
  shown.up = up;
  shown.lag = down_since ? now - *down_since : lag;
  shown.records = feed.taken();
  shown.passed_over = feed.passed_over();
  shown.problem = std::move(problem);
}

Tail::Tail(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->thread = start_thread("kafka-tail", [raw = state_.get()] { raw->loop(); });
}
Tail::~Tail() = default;

Result<std::unique_ptr<Tail>> Tail::start(const ProducerOptions& kafka, TailOptions options, TopicSet topics,
                                          Sightings& sightings, Log& log, const Clock& clock) {
  auto client = make_tail_client(kafka);
  if (!client) return client.error();
  return start(std::move(*client), kafka.bootstrap_servers, options, std::move(topics), sightings, log, clock);
}

std::unique_ptr<Tail> Tail::start(std::unique_ptr<TailClient> client, std::string servers, TailOptions options,
                                  TopicSet topics, Sightings& sightings, Log& log, const Clock& clock) {
  return std::unique_ptr<Tail>(new Tail(std::make_unique<State>(std::move(client), std::move(servers), options,
                                                                std::move(topics), sightings, log, clock)));
}

void Tail::set_topics(TopicSet topics) {
  const std::lock_guard lock(state_->mutex);
  state_->wanted = std::move(topics);
}

void Tail::set_credentials(const Credentials& credentials) noexcept {
  state_->client->set_credentials(credentials);
}

void Tail::look_again() noexcept {
  state_->look_wished = true;
}

void Tail::kafka_is_up() noexcept {
  const std::lock_guard lock(state_->mutex);
  if (!state_->others_see_kafka) state_->others_see_kafka = state_->clock.monotonic();
}

bool Tail::warmed() const noexcept {
  return state_->warmed;
}

TailState Tail::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->shown;
}

}  // namespace hookferry::kafka
