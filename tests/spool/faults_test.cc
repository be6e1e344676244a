// A disk that fails, or says that it does: what was reported as committed is there, what was not is never read.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/spool/faulty_disk.h"
#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Options on(const FaultyDisk& disk) {
  Options options;
  options.vfs = disk.name();
  return options;
}

/// What must be in the spool, by what it said of each insert.
class Expected {
 public:
  explicit Expected(Bench& bench) : bench_(bench) {}

  void insert(const std::string& value) {
    if (bench_.insert(value)) asked_.emplace_back(bench_.cookies, value);
  }
  void erase_first() {
    if (there_.empty()) return;
    bench_.spool->erase(there_.front().first);
    there_.erase(there_.begin());
  }
  /// Waits for the reports.
  void settle() {
    for (const auto& [cookie, value] : std::exchange(asked_, {})) {
      const RowReport report = bench_.reports->of(cookie);
      if (report.kind == RowReport::Kind::committed) there_.emplace_back(report.row, value);
    }
    std::sort(there_.begin(), there_.end());
  }
  [[nodiscard]] std::vector<std::string> values() const {
    std::vector<std::string> out;
    for (const auto& [row, value] : there_) out.push_back(value);
    return out;
  }

 private:
  Bench& bench_;
  std::vector<std::pair<std::uint64_t, std::string>> asked_;
  std::vector<std::pair<RowId, std::string>> there_;
};

/// One fault at every place where one is possible in some commits, and what is there afterwards.
void fails_at_each_step(std::uint8_t operations, bool done, int code) {
  FaultyDisk disk("faulty");
  Bench bench(on(disk));
  bench.open();
  Expected expected(bench);
  int number = 0;
  int failures = 0;
  bool reached = true;
  for (int skip = 0; reached; ++skip) {
    for (int i = 0; i < 3; ++i) expected.insert(cat("before ", number++));
    expected.settle();
    disk.fail({.operations = operations, .skip = skip, .count = 1, .done = done, .code = code});
    expected.erase_first();
    for (int i = 0; i < 4; ++i) {
      expected.insert(cat("during ", number++, std::string(3000, 'x')));
      expected.settle();
      const auto rows = bench.spool->read(0, 0, 1000, 1 << 30);
      if (!rows) continue;
      std::vector<std::string> seen;
      for (const SpooledRow& row : *rows) seen.emplace_back(row.record.value());
      ASSERT_EQ(seen, expected.values()) << "while the disk fails at its operation " << skip;
    }
    bench.flush();
    reached = disk.failed() > 0;
    failures += disk.failed();
    disk.heal();
    ASSERT_TRUE(bench.becomes(Health::Kind::ok));
    ASSERT_EQ(bench.values(), expected.values()) << skip;
  }
  EXPECT_GT(failures, 3);
  EXPECT_GT(bench.spool->stats().errors, 0u);
  EXPECT_EQ(bench.spool->stats().lost, 0u);
  EXPECT_GT(bench.telemetry.counted("spool failed"), 0);
  bench.open();
  EXPECT_EQ(bench.values(), expected.values()) << "after a restart";
  EXPECT_THAT(bench.folder.set_aside(), IsEmpty());
}

TEST(Faults, WritesThatFail) {
  fails_at_each_step(FaultyDisk::write, false, SQLITE_IOERR_WRITE);
}
TEST(Faults, WritesThatSayTheyFail) {
  fails_at_each_step(FaultyDisk::write, true, SQLITE_IOERR_WRITE);
}
TEST(Faults, SyncsThatFail) {
  fails_at_each_step(FaultyDisk::sync, false, SQLITE_IOERR_FSYNC);
}
TEST(Faults, CommitsThatSayTheyFailAndAreThere) {
  fails_at_each_step(FaultyDisk::sync, true, SQLITE_IOERR_FSYNC);
}
TEST(Faults, AFullDisk) {
  fails_at_each_step(FaultyDisk::write, false, SQLITE_FULL);
}

TEST(Faults, AGroupThatFailedIsTakenOutThoughItIsThere) {
  FaultyDisk disk("lying");
  Bench bench(on(disk));
  bench.open();
  bench.committed("before");
  // Every sync from now on: the row is in the log, and cannot be taken out for a while.
  disk.fail({.operations = FaultyDisk::sync, .count = 1000, .done = true});
  ASSERT_TRUE(bench.insert("ghost"));
  EXPECT_EQ(bench.reports->of(bench.cookies).kind, RowReport::Kind::failed);
  EXPECT_EQ(bench.spool->health().kind, Health::Kind::failed);
  EXPECT_NE(bench.spool->health().text, "");
  EXPECT_FALSE(bench.insert("refused")) << "until it is mended";
  EXPECT_FALSE(bench.spool->read(0, 0, 10, 1000));
  disk.heal();
  ASSERT_TRUE(bench.becomes(Health::Kind::ok));
  EXPECT_THAT(bench.values(), ElementsAre("before"));
  bench.committed("after");
  EXPECT_THAT(bench.values(), ElementsAre("before", "after"));
}

TEST(Faults, ErasesAndParksOfAGroupThatFailedComeAgain) {
  FaultyDisk disk("again");
  Bench bench(on(disk));
  bench.open();
  const RowId first = bench.committed("erased");
  const RowId second = bench.committed("parked");
  bench.committed("kept");
  disk.fail({.operations = FaultyDisk::changes, .count = 1000});
  bench.spool->erase(first);
  bench.spool->park(second, "r");
  ASSERT_TRUE(bench.becomes(Health::Kind::failed));
  EXPECT_FALSE(bench.spool->flush(std::chrono::milliseconds(1)));
  disk.heal();
  bench.flush();
  EXPECT_THAT(bench.values(), ElementsAre("kept"));
  EXPECT_EQ(bench.spool->stats().parked, 1u);
  EXPECT_EQ(bench.spool->stats().events, 1u);
}

TEST(Faults, ARetryThatFailedLosesNoParkedRow) {
  for (const bool done : {false, true}) {
    FaultyDisk disk("retry");
    Bench bench(on(disk));
    bench.open();
    bench.spool->park(bench.committed("a"), "r");
    bench.spool->park(bench.committed("b"), "r");
    bench.flush();
    disk.fail({.operations = FaultyDisk::sync, .count = 1, .done = done});
    bool told = false;
    bench.spool->retry_parked("", [&](const std::string&, std::uint64_t, RowId) { told = true; });
    ASSERT_TRUE(bench.becomes(Health::Kind::failed));
    ASSERT_TRUE(bench.becomes(Health::Kind::ok));
    EXPECT_EQ(bench.spool->stats().parked, 2u) << done;
    EXPECT_THAT(bench.values(), IsEmpty());
    std::atomic<std::uint64_t> back{0};
    bench.spool->retry_parked("", [&](const std::string&, std::uint64_t count, RowId) { back += count; });
    bench.close();
    EXPECT_FALSE(told);
    EXPECT_EQ(back, 2u);
  }
}

TEST(Faults, AReadThatFailsIsToldAndPasses) {
  FaultyDisk disk("unreadable");
  Bench bench(on(disk));
  bench.open();
  // More than the cache has, and out of the log.
  for (int i = 0; i < 40; ++i) bench.committed(std::string(200000, 'x'));
  bench.open();
  disk.fail({.operations = FaultyDisk::read, .count = 1});
  EXPECT_FALSE(bench.spool->read(0, 0, 100, 1 << 30));
  EXPECT_EQ(bench.spool->stats().errors, 1u);
  EXPECT_EQ(bench.values().size(), 40u);
}

TEST(Faults, ADiskThatFailsAtTheStartIsAnError) {
  FaultyDisk disk("absent");
  Bench bench(on(disk));
  for (const std::uint8_t operation : {FaultyDisk::open, FaultyDisk::write, FaultyDisk::sync}) {
    disk.fail({.operations = operation, .count = 1000});
    const Result<void> opened = bench.try_open();
    ASSERT_FALSE(opened) << int{operation};
    EXPECT_THAT(opened.error().message, testing::StartsWith("spool.path: " + bench.folder.file()));
  }
  disk.heal();
  bench.open();
  bench.committed("a");
}

TEST(Faults, AnySequenceOfThem) {
  std::mt19937 random(20261128);  // NOLINT: the same each time
  FaultyDisk disk("random");
  Bench bench(on(disk));
  bench.open();
  Expected expected(bench);
  for (int round = 0; round < 150; ++round) {
    const std::uint8_t kinds[] = {FaultyDisk::write, FaultyDisk::sync, FaultyDisk::truncate, FaultyDisk::changes};
    disk.fail({.operations = kinds[random() % 4],
               .skip = static_cast<int>(random() % 12),
               .count = 1 + static_cast<int>(random() % 3),
               .done = random() % 2 == 0,
               .code = random() % 2 == 0 ? SQLITE_IOERR : SQLITE_FULL});
    for (std::size_t i = random() % 20; i > 0; --i)
      expected.insert(cat(round, " ", i, std::string(random() % 6000, 'x')));
    expected.settle();
    for (std::size_t i = random() % 12; i > 0; --i) expected.erase_first();
    if (round % 10 == 9) {
      disk.heal();
      ASSERT_TRUE(bench.becomes(Health::Kind::ok));
      bench.flush();
      if (round % 20 == 19) bench.open();
    }
    if (const auto rows = bench.spool->read(0, 0, 100000, 1 << 30)) {
      std::vector<std::string> seen;
      for (const SpooledRow& row : *rows) seen.emplace_back(row.record.value());
      ASSERT_EQ(seen, expected.values()) << round;
    }
  }
}

}  // namespace
}  // namespace hookferry::spool
