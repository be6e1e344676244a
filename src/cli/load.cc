#include "cli/load.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "base/text.h"
#include "senders/json_tree.h"

namespace hookferry::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration glance = std::chrono::milliseconds(100);

class Run {
 public:
  explicit Run(const LoadPlan& plan) : plan_(plan), begin_(SteadyClock::now()), origin_(begin_) {}

  /// Until there is nothing left to send.
  void work(const Send& send) {
    Latencies latencies;
    while (const auto due = next()) {
      const MonotonicTime from = plan_.rate > 0 ? *due : MonotonicTime(SteadyClock::now());
      const auto answer = send();
      if (answer) latencies.add(SteadyClock::now() - from);
      count(answer);
    }
    const std::lock_guard lock(mutex_);
    result_.latencies.add(latencies);
    --working_;
    changed_.notify_all();
  }

  void started(std::size_t workers) {
    const std::lock_guard lock(mutex_);
    working_ = workers;
  }

  void watch(const std::function<bool(std::size_t, Duration)>& watcher) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, glance, [this] { return working_ == 0; })) {
      const std::size_t done = done_;
      lock.unlock();
      const bool go_on = watcher(done, SteadyClock::now() - begin_);
      lock.lock();
      if (go_on) continue;
      stopped_ = true;
      changed_.notify_all();
    }
    result_.elapsed = SteadyClock::now() - begin_;
  }

  [[nodiscard]] LoadResult take() { return std::move(result_); }

 private:
  /// When the next event is due, once it is; nothing at the end.
  std::optional<MonotonicTime> next() {
    std::unique_lock lock(mutex_);
    if (stopped_ || taken_ == plan_.count) return std::nullopt;
    // The first one shows whether there is anybody, so the rest waits for it.
    if (taken_ > 0 && !anybody_) {
      changed_.wait(lock, [this] { return anybody_ || stopped_; });
      if (stopped_ || taken_ == plan_.count) return std::nullopt;
    }
    const MonotonicTime due = origin_ + after(taken_);
    ++taken_;
    changed_.wait_until(lock, due, [this] { return stopped_; });
    if (stopped_) return std::nullopt;
    return due;
  }

  /// How long after the origin an event is due.
  [[nodiscard]] Duration after(std::size_t event) const {
    if (plan_.rate <= 0) return Duration();
    return Duration(static_cast<Duration::rep>(1e9 * static_cast<double>(event) / plan_.rate));
  }

  /// The others are due from now on: that they waited for the first one is no latency of theirs.
  void first_answer() {
    anybody_ = true;
    origin_ = std::max(begin_, MonotonicTime(SteadyClock::now()) - after(1));
    changed_.notify_all();
  }

  void count(const Result<http::ClientAnswer>& answer) {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (answer) {
      ++result_.answers[answer_class(*answer)];
      if (answer->status < 200 || answer->status > 299) ++result_.not_ok;
      if (!anybody_) first_answer();
    } else {
      ++result_.failures[answer.error().message];
      if (!anybody_) stopped_ = true;
      if (stopped_) changed_.notify_all();
    }
  }

  const LoadPlan plan_;
  const MonotonicTime begin_;
  std::mutex mutex_;      // guards what follows
  MonotonicTime origin_;  // of the pace
  std::condition_variable changed_;
  std::size_t working_ = 0;
  std::size_t taken_ = 0;
  std::size_t done_ = 0;
  bool anybody_ = false;  // an answer has come
  bool stopped_ = false;
  LoadResult result_;
};

}  // namespace

std::size_t LoadResult::failed() const {
  return std::accumulate(failures.begin(), failures.end(), std::size_t{0},
                         [](std::size_t sum, const auto& failure) { return sum + failure.second; });
}

std::string answer_class(const http::ClientAnswer& answer) {
  std::string text = cat(answer.status);
  const auto body = senders::parse_json(answer.body);
  if (!body) return text;
  for (const std::string_view member : {"status", "error"}) {
    const senders::JsonNode* const word = body->find(member);
    const auto value = word == nullptr ? std::nullopt : word->string();
    if (value && value->size() <= 40) return cat(text, " ", printable(*value));
  }
  return text;
}

LoadResult run_load(const LoadPlan& plan, const SendFactory& factory,
                    const std::function<bool(std::size_t, Duration)>& watch) {
  Run run(plan);
  const std::size_t workers = std::min(plan.concurrency, plan.count);
  run.started(workers);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&run, send = factory()] { run.work(send); });
  }
  run.watch(watch);
  for (std::thread& thread : threads) thread.join();
  return run.take();
}

}  // namespace hookferry::cli
