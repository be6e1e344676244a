// What goes in comes out again, in order, until it is gone.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Spool, ARowComesBackAsItWas) {
  Bench bench;
  bench.open();
  const std::string value("a\0b\xff", 4);
  const RowId row = bench.committed(value, 1);
  EXPECT_GT(row, 0);
  const auto rows = bench.spool->read(1, 0, 10, 1000);
  ASSERT_TRUE(rows && rows->size() == 1);
  const SpooledRow& found = rows->front();
  EXPECT_EQ(found.row, row);
  EXPECT_EQ(found.record.topic(), 1);
  EXPECT_EQ(found.record.key(), "key of " + value);
  EXPECT_EQ(found.record.value(), value);
  ASSERT_EQ(found.record.header_count(), 2u);
  EXPECT_EQ(found.record.header_name(0), "ce_id");
  EXPECT_EQ(found.record.header_value(0), "x");
  EXPECT_EQ(found.record.header_value(1), "");
  EXPECT_EQ(found.key, (ClaimKey{id_of(1), id_of(2)}));
  EXPECT_EQ(found.accepted, Bench::accepted(1));
  EXPECT_EQ(found.kind, 2);
}

TEST(Spool, AnEmptyRecordIsARow) {
  Bench bench;
  bench.open();
  const Record record(0, 0);
  ASSERT_TRUE(bench.spool->insert(record, {}, 77));
  EXPECT_EQ(bench.reports->of(77).kind, RowReport::Kind::committed);
  const auto rows = bench.spool->read(0, 0, 10, 10);
  ASSERT_TRUE(rows && rows->size() == 1);
  EXPECT_EQ(rows->front().record.value(), "");
}

TEST(Spool, ReadsATopicInOrderWithinBounds) {
  Bench bench;
  bench.open();
  std::vector<RowId> rows;
  for (int i = 0; i < 6; ++i) rows.push_back(bench.committed(cat("value ", i), static_cast<TopicId>(i % 2)));
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_THAT(bench.values(0), ElementsAre("value 0", "value 2", "value 4"));
  EXPECT_THAT(bench.values(1, rows[1]), ElementsAre("value 3", "value 5"));
  EXPECT_THAT(bench.values(2), IsEmpty());
  EXPECT_THAT(bench.values(99), IsEmpty()) << "no such topic";
  EXPECT_EQ(bench.spool->read(0, 0, 2, 1000)->size(), 2u);
  EXPECT_EQ(bench.spool->read(0, 0, 10, 1)->size(), 1u) << "one at least";
  EXPECT_EQ(bench.spool->read(0, 0, 10, 100)->size(), 2u);
}

TEST(Spool, WhatIsErasedOrParkedIsLeftOutAtOnce) {
  Bench bench;
  bench.open();
  std::vector<RowId> rows;
  for (int i = 0; i < 4; ++i) rows.push_back(bench.committed(cat(i)));
  bench.spool->erase(rows[1]);
  EXPECT_THAT(bench.values(), ElementsAre("0", "2", "3"));
  bench.spool->park(rows[2], "too large");
  EXPECT_THAT(bench.values(), ElementsAre("0", "3"));
  bench.flush();
  EXPECT_THAT(bench.values(), ElementsAre("0", "3"));
  EXPECT_EQ(bench.spool->stats().events, 2u);
  EXPECT_EQ(bench.spool->stats().parked, 1u);
  bench.open();
  EXPECT_THAT(bench.values(), ElementsAre("0", "3"));
  EXPECT_EQ(bench.spool->stats().parked, 1u);
}

TEST(Spool, AParkedRowCanBeErased) {
  Bench bench;
  bench.open();
  const RowId row = bench.committed("a");
  bench.spool->park(row, "r");
  bench.spool->erase(row);
  bench.flush();
  EXPECT_EQ(bench.spool->stats().parked, 0u);
  EXPECT_EQ(bench.spool->stats().events, 0u);
}

TEST(Spool, RestoresByTopicAlsoThoseThatAreGone) {
  Bench bench;
  bench.open();
  const RowId first = bench.committed("a", 0);
  const RowId second = bench.committed("b", 1);
  const RowId third = bench.committed("c", 1);
  const RowId parked = bench.committed("d", 2);
  bench.spool->park(parked, "too large");
  bench.topics = {"other", "glossi.job.complete"};
  bench.open();
  std::map<std::string, std::pair<std::uint64_t, RowId>> found;
  for (const RestoredTopic& topic : bench.spool->restored()) found[topic.name] = {topic.rows, topic.newest};
  const std::map<std::string, std::pair<std::uint64_t, RowId>> expected{{"glossi.job.complete", {1, first}},
                                                                        {"glossi.render.failed", {2, third}}};
  EXPECT_EQ(found, expected) << second;
  EXPECT_THAT(bench.values(1), ElementsAre("a")) << "ids are of this process";
  EXPECT_THAT(bench.values(0), IsEmpty());
}

TEST(Spool, TopicsMayBeAddedWhileItRuns) {
  Bench bench;
  bench.open();
  bench.topics.push_back("new");
  bench.spool->set_topics(bench.topics);
  bench.committed("a", 3);
  EXPECT_THAT(bench.values(3), ElementsAre("a"));
}

TEST(Spool, RowsRiseAlsoWhenAllWereGoneBeforeARestart) {
  Bench bench;
  bench.open();
  const RowId first = bench.committed("a");
  const RowId second = bench.committed("b");
  bench.spool->erase(first);
  bench.spool->erase(second);
  bench.open();
  EXPECT_GT(bench.committed("c"), second);
  const RowId parked = bench.committed("d");
  bench.spool->park(parked, "r");
  bench.spool->retry_parked("", [](const std::string&, std::uint64_t, RowId) {});
  const RowId last = bench.committed("e");
  EXPECT_GT(last, parked);
}

TEST(Spool, FindsEveryEventAtTheStart) {
  Bench bench;
  bench.open();
  for (int i = 0; i < 200; ++i) bench.committed(cat(i), static_cast<TopicId>(i % 3));
  bench.spool->park(7, "r");
  bench.spool->erase(9);
  bench.open();
  std::vector<FoundEvent> found;
  ASSERT_TRUE(bench.spool->for_each_event([&](const FoundEvent& event) { found.push_back(event); }));
  ASSERT_EQ(found.size(), 199u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](auto& a, auto& b) { return a.row < b.row; }));
  EXPECT_TRUE(found[6].parked);
  EXPECT_FALSE(found[5].parked);
  EXPECT_EQ(found[8].row, 10);
  EXPECT_EQ(found[8].key, (ClaimKey{id_of(10), id_of(11)}));
  EXPECT_EQ(found[8].accepted, Bench::accepted(10));
  EXPECT_EQ(found[8].kind, 2);
}

TEST(Spool, ParkedRowsComeBackBehindTheOthers) {
  Bench bench;
  bench.open();
  std::vector<RowId> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(bench.committed(cat(i), i == 4 ? 1 : 0));
  for (const int i : {0, 2, 4}) bench.spool->park(rows[static_cast<std::size_t>(i)], "r");
  bench.flush();
  std::mutex mutex;
  std::vector<std::string> told;
  RowId newest = 0;
  std::size_t reported_before = 0;
  const auto remember = [&](const std::string& topic, std::uint64_t count, RowId last) {
    const std::lock_guard lock(mutex);
    told.push_back(cat(topic, " ", count));
    newest = last;
    reported_before = bench.reports->order().size();
  };
  bench.spool->retry_parked("glossi.job.complete", remember);
  const RowId later = bench.committed("later");
  bench.flush();
  const std::lock_guard lock(mutex);
  EXPECT_THAT(told, ElementsAre("glossi.job.complete 2"));
  EXPECT_THAT(bench.values(), testing::UnorderedElementsAre("1", "3", "0", "2", "later"));
  if (newest < later) {
    EXPECT_EQ(reported_before, 5u) << "an insert behind them was reported before";
  }
  EXPECT_EQ(bench.spool->stats().parked, 1u);
  EXPECT_EQ(bench.spool->stats().events, 5u);
}

TEST(Spool, ManyParkedRowsOfEveryTopicKeepTheirOrder) {
  Bench bench;
  bench.open();
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    bench.spool->park(bench.committed(cat(i), static_cast<TopicId>(i % 2)), "r");
    if (i % 2 == 0) expected.push_back(cat(i));
  }
  bench.flush();
  EXPECT_THAT(bench.values(), IsEmpty());
  std::atomic<std::uint64_t> back{0};
  bench.spool->retry_parked("", [&](const std::string&, std::uint64_t count, RowId) { back += count; });
  bench.committed("end", 2);  // may be before them
  bench.close();
  EXPECT_EQ(back, 300u);
  bench.open();
  EXPECT_EQ(bench.values(), expected);
}

TEST(Spool, TellsWhatItHas) {
  Bench bench;
  bench.open();
  EXPECT_EQ(bench.spool->stats().events, 0u);
  EXPECT_FALSE(bench.spool->stats().accepted);
  const RowId first = bench.committed("a");
  bench.committed("b");
  bench.flush();
  Stats stats = bench.spool->stats();
  EXPECT_EQ(stats.events, 2u);
  EXPECT_EQ(stats.capacity, std::uint64_t{1} << 30);
  EXPECT_GT(stats.bytes, 0u);
  EXPECT_EQ(stats.accepted, Bench::accepted(1));
  EXPECT_EQ(stats.errors + stats.lost, 0u);
  bench.spool->erase(first);
  bench.flush();
  stats = bench.spool->stats();
  EXPECT_EQ(stats.events, 1u);
  EXPECT_EQ(stats.accepted, Bench::accepted(2));
  EXPECT_EQ(bench.spool->health().kind, Health::Kind::ok);
  EXPECT_GE(bench.telemetry.counted("spool committed"), 3);
  bench.open();
  EXPECT_EQ(bench.spool->stats().accepted, Bench::accepted(2)) << "after a restart";
}

TEST(Spool, TheEndCommitsWhatIsQueued) {
  Bench bench;
  bench.open();
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(bench.insert(cat(i)));
  bench.close();
  for (std::uint64_t cookie = 1; cookie <= 500; ++cookie) {
    ASSERT_EQ(bench.reports->of(cookie).kind, RowReport::Kind::committed);
  }
  bench.open();
  EXPECT_EQ(bench.values().size(), 500u);
}

TEST(Spool, ASecondOneIsRefused) {
  Bench bench;
  bench.open();
  Bench other;
  Options options;
  options.path = bench.folder.path();
  Log log(LogOptions{});
  fakes::FakeTelemetry telemetry;
  const SystemClock clock;
  const auto second = SqliteSpool::open(options, log, telemetry, clock);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message,
              HasSubstr(cat("spool.path: ", options.path, " is in use by process ", ::getpid())));
  bench.close();
  EXPECT_TRUE(SqliteSpool::open(options, log, telemetry, clock)) << "the lock ends with its owner";
}

TEST(Spool, ItsFilesAreForItsUserAlone) {
  Bench bench;
  bench.open();
  bench.committed("a");
  for (const char* const end : {"", "-wal"}) {
    EXPECT_EQ(std::filesystem::status(bench.folder.file() + end).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST(Spool, AFolderThatCannotBeMadeIsAnError) {
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  Options options;
  options.path = folder.path() + "/file/spool";
  Log log(LogOptions{});
  fakes::FakeTelemetry telemetry;
  const SystemClock clock;
  const auto opened = SqliteSpool::open(options, log, telemetry, clock);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("spool.path: "));
}

TEST(Spool, ReadsBesideInserts) {
  Bench bench;
  bench.open();
  constexpr int count = 3000;
  std::vector<std::string> seen;
  std::thread reader([&] {
    RowId after = 0;
    while (seen.size() < count) {
      const auto rows = bench.spool->read(0, after, 100, 1 << 20);
      ASSERT_TRUE(rows);
      for (const SpooledRow& row : *rows) {
        ASSERT_GT(row.row, after);
        after = row.row;
        seen.emplace_back(row.record.value());
        bench.spool->erase(row.row);
      }
    }
  });
  std::vector<std::string> expected;
  for (int i = 0; i < count; ++i) {
    expected.push_back(cat(i));
    ASSERT_TRUE(bench.insert(expected.back()));
  }
  reader.join();
  EXPECT_EQ(seen, expected);
  bench.flush();
  EXPECT_EQ(bench.spool->stats().events, 0u);
  EXPECT_EQ(bench.spool->stats().errors, 0u);
}

}  // namespace
}  // namespace hookferry::spool
