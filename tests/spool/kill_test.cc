// The process is killed at any moment: every row that was reported as committed is there afterwards.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <random>
#include <set>

#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

/// Writes the row of each committed insert into a pipe.
class Piped final : public RowReports {
 public:
  explicit Piped(int descriptor) : descriptor_(descriptor) {}
  void inserted(std::uint64_t, const RowReport& report) noexcept override {
    if (report.kind != RowReport::Kind::committed) return;
    if (::write(descriptor_, &report.row, sizeof report.row) != sizeof report.row) std::abort();
  }

 private:
  int descriptor_;
};

/// In the child: inserts until it is killed, and parks or erases nothing.
[[noreturn]] void insert_for_ever(const std::string& path, int descriptor) {
  Options options;
  options.path = path;
  Log log(LogOptions{});
  fakes::FakeTelemetry telemetry;
  const SystemClock clock;
  auto spool = SqliteSpool::open(options, log, telemetry, clock);
  if (!spool) std::abort();
  Piped reports(descriptor);
  (*spool)->set_topics({"topic"});
  (*spool)->attach(reports);
  for (int i = 0;; ++i) {
    const Record* record = new Record(record_of(0, std::string(static_cast<std::size_t>(i) * 37 % 5000, 'x')));
    if (!(*spool)->insert(*record, {}, static_cast<std::uint64_t>(i))) std::abort();
    if (i % 50 == 49) (*spool)->flush(std::chrono::seconds(10));
  }
}

TEST(Kill, AtAnyMoment) {
  std::mt19937 random(11);  // NOLINT: the same each time
  TemporaryFolder folder;
  std::set<RowId> committed;
  for (int round = 0; round < 25; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      insert_for_ever(folder.path(), ends[1]);
    }
    ::close(ends[1]);
    // After so many rows: some kills meet a commit, some a checkpoint, some a start.
    const std::size_t wanted = random() % 1500;
    RowId row = 0;
    for (std::size_t i = 0; i < wanted && ::read(ends[0], &row, sizeof row) == sizeof row; ++i) committed.insert(row);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself";
    while (::read(ends[0], &row, sizeof row) == sizeof row) committed.insert(row);
    ::close(ends[0]);

    Options options;
    options.path = folder.path();
    Log log(LogOptions{});
    fakes::FakeTelemetry telemetry;
    const SystemClock clock;
    auto spool = SqliteSpool::open(options, log, telemetry, clock);
    ASSERT_TRUE(spool) << spool.error().message;
    std::set<RowId> found;
    ASSERT_TRUE((*spool)->for_each_event([&](const FoundEvent& event) { found.insert(event.row); }));
    ASSERT_TRUE(std::includes(found.begin(), found.end(), committed.begin(), committed.end())) << round;
    ASSERT_EQ((*spool)->stats().lost, 0u);
    committed = found;  // what is there stays
  }
  EXPECT_GT(committed.size(), 5000u);
}

}  // namespace
}  // namespace hookferry::spool
