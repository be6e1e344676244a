// What the tests of this room share: a log that is kept, reports that are collected, waiting for what happens.
#pragma once

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "hookferry/publisher.h"
#include "hookferry/record.h"
#include "kafka/embedded_broker.h"
#include "kafka/producer.h"

namespace hookferry::kafka {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Far more than anything here takes, also under a sanitizer on a busy machine.
inline constexpr seconds generous{30};

/// Looks again and again for something that nothing announces.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition, Duration limit = generous) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

class KeptLog {
 public:
  KeptLog() : file_(std::tmpfile()), log(LogOptions{.level = LogLevel::info, .descriptor = fileno(file_.get())}) {}
  [[nodiscard]] std::string text() {
    log.flush(seconds(5));
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = pread(fileno(file_.get()), buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_;

 public:
  Log log;
};

class CollectedReports final : public DeliveryReports {
 public:
  void reported(std::uint64_t cookie, const DeliveryReport& report) noexcept override {
    const std::lock_guard lock(mutex_);
    reports_[cookie].push_back(report);
    ++count_;
    threads_[std::this_thread::get_id()] += 1;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(std::size_t count, Duration limit = generous) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return count_ >= count; });
  }
  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  [[nodiscard]] std::size_t threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }
  /// Of the cookie's only report.
  [[nodiscard]] DeliveryReport of(std::uint64_t cookie) {
    const std::lock_guard lock(mutex_);
    const auto entry = reports_.find(cookie);
    return entry == reports_.end() || entry->second.size() != 1 ? DeliveryReport{.refusal = Refusal::queue_full}
                                                                : entry->second.front();
  }
  /// How often each cookie was reported.
  [[nodiscard]] std::map<std::uint64_t, std::size_t> times() {
    const std::lock_guard lock(mutex_);
    std::map<std::uint64_t, std::size_t> times;
    for (const auto& [cookie, reports] : reports_) times[cookie] = reports.size();
    return times;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  std::map<std::uint64_t, std::vector<DeliveryReport>> reports_;
  std::map<std::thread::id, std::size_t> threads_;
};

[[nodiscard]] inline Record make_record(TopicId topic, std::string_view key, std::string_view value) {
  Record record(topic, key.size() + value.size());
  record.append_key(key);
  record.begin_value().append(value);
  record.end_value();
  return record;
}

[[nodiscard]] inline std::unique_ptr<EmbeddedBroker> start_broker(const std::vector<std::string>& topics,
                                                                  int partitions = 3) {
  auto broker = EmbeddedBroker::start({}).value();
  for (const std::string& topic : topics) broker->create_topic(topic, partitions, 1);
  return broker;
}

/// A broker with topics, and a producer that knows them.
class Bridge {
 public:
  explicit Bridge(std::vector<std::string> topics_, ProducerOptions options_ = {})
      : topics(std::move(topics_)), broker(start_broker(topics)), options(std::move(options_)) {
    options.bootstrap_servers = broker->bootstrap_servers();
    start_producer();
  }
  void start_producer() { producer = Producer::create(options, topics, reports, kept_log.log).value(); }
  [[nodiscard]] bool ready() {
    return eventually([this] { return producer->state().up && producer->state().unknown_topics == 0; });
  }
  /// Publishes a first record of the key "k", after which others need not wait for it.
  [[nodiscard]] bool open_partition() {
    const Record record = make_record(0, "k", "first");
    return publish(record, UINT64_MAX) == Refusal::none && reports.wait_for(1);
  }
  /// Tries again after what passes; the refusal that did not, or none.
  Refusal publish(const Record& record, std::uint64_t cookie,
                  Publisher::Batching batching = Publisher::Batching::together) {
    Refusal refusal = Refusal::transient;
    (void)eventually([&] {
      refusal = producer->publish(record, cookie, batching);
      return refusal != Refusal::transient;
    });
    return refusal;
  }

  const std::vector<std::string> topics;
  KeptLog kept_log;
  CollectedReports reports;
  std::unique_ptr<EmbeddedBroker> broker;
  ProducerOptions options;
  std::unique_ptr<Producer> producer;
};

}  // namespace hookferry::kafka
