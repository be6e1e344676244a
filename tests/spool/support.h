// What the spool's tests share: a folder of their own, records, and who is told of inserts.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "spool/sqlite_spool.h"
#include "tests/fakes/telemetry.h"

namespace hookferry::spool {

/// A new folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hookferry-spool-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file() const { return path_ + "/spool.db"; }
  /// Bytes of the file and its write-ahead log.
  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const char* const end : {"", "-wal"}) {
      std::error_code absent;
      const std::uintmax_t size = std::filesystem::file_size(file() + end, absent);
      if (!absent) sum += size;
    }
    return sum;
  }
  /// What was set aside, without its log.
  [[nodiscard]] std::vector<std::string> set_aside() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().string();
      if (name.find(".damaged-") != std::string::npos && !name.ends_with("-wal") && !name.ends_with("-shm"))
        found.push_back(name);
    }
    return found;
  }

 private:
  std::string path_;
};

inline Id128 id_of(int number) {
  Id128 id{};
  id[0] = static_cast<std::uint8_t>(number);
  id[1] = static_cast<std::uint8_t>(number >> 8);
  id[15] = 1;
  return id;
}

inline Record record_of(TopicId topic, const std::string& value) {
  Record record(topic, value.size() + 64);
  record.append_key(cat("key of ", value.substr(0, 20)));
  record.begin_value().append(value);
  record.end_value();
  EXPECT_TRUE(record.append_header("ce_id", "x"));
  EXPECT_TRUE(record.append_header("empty", ""));
  return record;
}

/// Remembers what became of inserts.
class Reports final : public RowReports {
 public:
  void inserted(std::uint64_t cookie, const RowReport& report) noexcept override {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(by_cookie_.emplace(cookie, report).second) << "told twice of " << cookie;
    order_.push_back(cookie);
    told_.notify_all();
  }
  /// Waits for it.
  [[nodiscard]] RowReport of(std::uint64_t cookie) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(told_.wait_for(lock, std::chrono::seconds(20), [&] { return by_cookie_.contains(cookie); })) << cookie;
    return by_cookie_[cookie];
  }
  [[nodiscard]] std::vector<std::uint64_t> order() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable told_;
  std::map<std::uint64_t, RowReport> by_cookie_;
  std::vector<std::uint64_t> order_;
};

/// A spool with what is around it; may be opened again and again.
class Bench {
 public:
  explicit Bench(Options given = {}) : options(std::move(given)) { options.path = folder.path(); }

  [[nodiscard]] Result<void> try_open() {
    close();
    auto opened = SqliteSpool::open(options, log_, telemetry, clock_);
    if (!opened) return opened.error();
    spool = std::move(*opened);
    spool->set_topics(topics);
    reports = std::make_unique<Reports>();
    spool->attach(*reports);
    return {};
  }
  SqliteSpool& open() {
    const Result<void> opened = try_open();
    EXPECT_TRUE(opened) << opened.error().message;
    return *spool;
  }
  void close() { spool.reset(); }

  /// Takes the record, or says that the spool does not.
  [[nodiscard]] bool insert(const std::string& value, TopicId topic = 0) {
    records_.push_back(std::make_unique<Record>(record_of(topic, value)));
    ++cookies;
    const int number = static_cast<int>(cookies);
    return spool->insert(*records_.back(), {{id_of(number), id_of(number + 1)}, accepted(cookies), 2}, cookies);
  }
  /// The row.
  RowId committed(const std::string& value, TopicId topic = 0) {
    EXPECT_TRUE(insert(value, topic));
    const RowReport report = reports->of(cookies);
    EXPECT_EQ(report.kind, RowReport::Kind::committed) << value;
    return report.row;
  }
  [[nodiscard]] static WallTime accepted(std::uint64_t cookie) {
    return WallTime(std::chrono::seconds(1700000000 + cookie));
  }

  [[nodiscard]] std::vector<std::string> values(TopicId topic = 0, RowId after = 0) const {
    std::vector<std::string> out;
    while (true) {
      const auto rows = spool->read(topic, after, 100000, std::size_t{1} << 30);
      EXPECT_TRUE(rows);
      if (!rows || rows->empty()) return out;
      for (const SpooledRow& row : *rows) out.emplace_back(row.record.value());
      after = rows->back().row;
    }
  }
  void flush() const { EXPECT_TRUE(spool->flush(std::chrono::seconds(20))); }
  /// Waits for it; the spool mends itself with a back-off.
  [[nodiscard]] bool becomes(Health::Kind kind) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (spool->health().kind != kind) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  TemporaryFolder folder;
  Options options;
  std::vector<std::string> topics{"glossi.job.complete", "glossi.render.failed", "meshqa.validation.completed"};
  fakes::FakeTelemetry telemetry;
  std::unique_ptr<Reports> reports;
  std::unique_ptr<SqliteSpool> spool;
  std::uint64_t cookies = 0;

 private:
  static LogOptions to_nowhere() {
    static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    LogOptions log;
    log.descriptor = std::getenv("HOOKFERRY_TEST_LOG") == nullptr ? nowhere : 2;
    return log;
  }
  Log log_{to_nowhere()};
  SystemClock clock_;
  std::vector<std::unique_ptr<Record>> records_;
};

}  // namespace hookferry::spool
