// The bound on the disk holds at every moment.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

constexpr std::uint64_t bound = 16 << 20;

Options bounded() {
  Options options;
  options.max_size = bound;
  return options;
}

/// Inserts until the spool says no with nothing queued, or `most` times; how many are there.
std::size_t fill(Bench& bench, std::size_t size, std::size_t most = SIZE_MAX) {
  const std::uint64_t before = bench.spool->stats().events;
  std::size_t since_flush = 0;
  for (std::size_t asked = 0; asked < most; ++asked) {
    const bool taken = bench.insert(std::string(size, 'x'));
    if (!taken && since_flush == 0) break;
    since_flush = taken ? since_flush + 1 : 0;
    if (taken && since_flush % 256 != 0) continue;
    bench.flush();
    EXPECT_LE(bench.folder.bytes(), bound);
  }
  bench.flush();
  EXPECT_LE(bench.folder.bytes(), bound);
  return bench.spool->stats().events - before;
}

/// Somebody who looks into the file and forgets to leave.
class Onlooker {
 public:
  explicit Onlooker(const std::string& file) {
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN; SELECT count(*) FROM rows", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Onlooker() { sqlite3_close(handle_); }
  Onlooker(const Onlooker&) = delete;
  Onlooker& operator=(const Onlooker&) = delete;

 private:
  sqlite3* handle_ = nullptr;
};

TEST(Space, FullIsSaidAndPassesWhenRowsGo) {
  for (const std::size_t size : {700u, 20000u, 900000u}) {
    Bench bench(bounded());
    bench.open();
    const std::size_t there = fill(bench, size);
    EXPECT_GT(there * size, bound / 3) << "of the room, most is of use";
    EXPECT_EQ(bench.spool->health().kind, Health::Kind::full);
    EXPECT_THAT(bench.spool->health().text, testing::HasSubstr("spool.max_size"));
    EXPECT_GT(bench.spool->stats().bytes, bound / 2);
    EXPECT_EQ(bench.spool->stats().errors, 0u);
    for (RowId row = 1; row <= static_cast<RowId>(there); ++row) bench.spool->erase(row);
    bench.flush();
    EXPECT_LE(bench.folder.bytes(), bound);
    EXPECT_EQ(bench.spool->health().kind, Health::Kind::ok);
    EXPECT_EQ(bench.spool->stats().events, 0u);
    EXPECT_LT(bench.spool->stats().bytes, bound / 4) << "not the file, but what is used of it";
    const std::size_t again = fill(bench, size);
    EXPECT_GE(again * 50, there * 49) << "the same room";
    EXPECT_LE(bench.folder.bytes(), bound);
  }
}

TEST(Space, TheBoundHoldsAtFullSpeed) {
  Bench bench(bounded());
  bench.open();
  std::uint64_t last = 0;
  while (bench.insert(std::string(700, 'x'))) {
    last = bench.cookies;
    if (last % 512 == 0) {
      ASSERT_LE(bench.folder.bytes(), bound);
    }
  }
  ASSERT_GT(last, 5000u);
  bench.flush();
  EXPECT_LE(bench.folder.bytes(), bound);
  std::size_t there = 0;
  for (std::uint64_t cookie = 1; cookie <= last; ++cookie) {
    if (bench.reports->of(cookie).kind == RowReport::Kind::committed) ++there;
  }
  EXPECT_EQ(bench.values().size(), there);
}

TEST(Space, AReaderThatStaysMakesItFullNotLarge) {
  Bench bench(bounded());
  bench.open();
  bench.committed("first");
  {
    const Onlooker onlooker(bench.folder.file());
    std::size_t there = 0;
    // In and out: without the onlooker this would go on for ever.
    for (int round = 0; round < 3000 && bench.spool->health().kind == Health::Kind::ok; ++round) {
      if (!bench.insert(std::string(20000, 'x'))) break;
      const RowReport report = bench.reports->of(bench.cookies);
      if (report.kind != RowReport::Kind::committed) break;
      ++there;
      bench.spool->erase(report.row);
      ASSERT_LE(bench.folder.bytes(), bound);
    }
    EXPECT_GT(there, 100u);
    ASSERT_TRUE(bench.becomes(Health::Kind::full));
    EXPECT_FALSE(bench.insert("no"));
    EXPECT_LE(bench.folder.bytes(), bound);
  }
  ASSERT_TRUE(bench.becomes(Health::Kind::ok)) << "by itself, when the reader has gone";
  bench.flush();
  bench.committed("last");
  EXPECT_EQ(bench.values(), (std::vector<std::string>{"first", "last"}));
  EXPECT_EQ(bench.spool->stats().errors, 0u);
}

TEST(Space, ASmallerBoundThanBeforeLetsRowsGo) {
  Bench bench(bounded());
  bench.options.max_size = 4 * bound;
  bench.open();
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(bench.insert(std::string(20000, 'x')));
  bench.flush();
  bench.options.max_size = bound;
  bench.open();
  EXPECT_FALSE(bench.insert("no"));
  EXPECT_EQ(bench.spool->health().kind, Health::Kind::full);
  for (RowId row = 1; row <= 2000; ++row) bench.spool->erase(row);
  bench.flush();
  EXPECT_EQ(bench.spool->stats().events, 0u);
  bench.committed("yes");
  EXPECT_LE(bench.folder.bytes(), 4 * bound);
}

TEST(Space, RetriesOfParkedRowsKeepTheBound) {
  Bench bench(bounded());
  bench.open();
  const std::size_t there = fill(bench, 20000, 500);
  for (RowId row = 1; row <= static_cast<RowId>(there); ++row) bench.spool->park(row, "r");
  bench.flush();
  EXPECT_LE(bench.folder.bytes(), bound);
  std::atomic<std::uint64_t> back{0};
  bench.spool->retry_parked("", [&](const std::string&, std::uint64_t rows, RowId) {
    back += rows;
    EXPECT_LE(bench.folder.bytes(), bound);
  });
  bench.close();
  EXPECT_EQ(back, there);
  EXPECT_LE(bench.folder.bytes(), bound);
}

}  // namespace
}  // namespace hookferry::spool
