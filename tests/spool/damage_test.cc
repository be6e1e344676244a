// Files that are damaged, are none of ours, or of another version.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>
#include <random>
#include <sstream>

#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Runs SQL on the file, as somebody else would.
void sql(const std::string& file, const std::string& text) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(handle);
}

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void write_file(const std::string& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::size_t events_of(Bench& bench) {
  std::size_t count = 0;
  EXPECT_TRUE(bench.spool->for_each_event([&](const FoundEvent&) { ++count; }));
  bench.flush();
  return count;
}

TEST(Damage, ARowWithAFlippedBitIsLeftOutCountedAndKept) {
  Bench bench;
  bench.open();
  bench.committed("first");
  const RowId row = bench.committed("second");
  bench.committed("third");
  bench.close();
  sql(bench.folder.file(), cat("UPDATE rows SET value = CAST('secons' AS BLOB) WHERE id = ", row));
  bench.open();
  EXPECT_THAT(bench.values(), ElementsAre("first", "third"));
  EXPECT_THAT(bench.values(), ElementsAre("first", "third"));
  bench.flush();
  EXPECT_EQ(bench.spool->stats().lost, 1u) << "once";
  EXPECT_EQ(bench.spool->stats().events, 2u);
  bench.open();
  EXPECT_THAT(bench.values(), ElementsAre("first", "third"));
  EXPECT_EQ(bench.spool->stats().lost, 0u) << "counted by the process that found it";
  bench.close();
  sql(bench.folder.file(),
      "CREATE TEMP TABLE one(n CHECK(n = 1)); INSERT INTO one SELECT count(*) FROM damaged WHERE "
      "value = 'secons' OR value = CAST('secons' AS BLOB)");
}

TEST(Damage, EveryColumnIsUnderTheChecksum) {
  for (const char* const change :
       {"topic = 'glossi.render.failed'", "key = x'00'", "value = x''", "headers = x''", "event = x'01'",
        "conflict = zeroblob(16)", "accepted = accepted + 1", "kind = 3", "state = 1", "reason = 'x'",
        "checksum = checksum + 1", "id = id + 100", "state = 7"}) {
    Bench bench;
    bench.open();
    bench.committed("a");
    bench.close();
    sql(bench.folder.file(), cat("UPDATE rows SET ", change));
    bench.open();
    EXPECT_EQ(events_of(bench), 0u) << change;
    EXPECT_EQ(bench.spool->stats().lost, 1u) << change;
    EXPECT_THAT(bench.values(0), IsEmpty()) << change;
    EXPECT_THAT(bench.values(1), IsEmpty()) << change;
  }
}

TEST(Damage, WhatIsNoDatabaseIsSetAside) {
  Bench bench;
  write_file(bench.folder.file(), std::string(20000, 'x'));
  bench.open();
  ASSERT_THAT(bench.folder.set_aside(), SizeIs(1));
  EXPECT_EQ(content(bench.folder.set_aside()[0]), std::string(20000, 'x')) << "as it was";
  EXPECT_EQ(bench.spool->stats().lost, 0u) << "how many, nobody can say";
  EXPECT_GT(bench.spool->stats().errors, 0u);
  bench.committed("a");
  EXPECT_THAT(bench.values(), ElementsAre("a"));
}

TEST(Damage, AnotherProgramsDatabaseIsSetAside) {
  Bench bench;
  sql(bench.folder.file(), "CREATE TABLE rows(id INTEGER PRIMARY KEY, other TEXT); INSERT INTO rows VALUES(1, 'x')");
  bench.open();
  EXPECT_THAT(bench.folder.set_aside(), SizeIs(1));
  bench.committed("a");
}

TEST(Damage, AnEmptyFileIsANewSpool) {
  Bench bench;
  write_file(bench.folder.file(), "");
  bench.open();
  EXPECT_THAT(bench.folder.set_aside(), IsEmpty());
  bench.committed("a");
}

/// Some rows of a size that takes several pages of each kind.
void fill(Bench& bench, int rows) {
  bench.open();
  for (int i = 0; i < rows; ++i) ASSERT_TRUE(bench.insert(cat(i, " ", std::string(i % 7 == 0 ? 9000 : 300, 'v'))));
  bench.close();
}

TEST(Damage, ATornFileIsSetAsideAndItsRowsAreCounted) {
  Bench bench;
  fill(bench, 400);
  const std::string whole = content(bench.folder.file());
  write_file(bench.folder.file(), whole.substr(0, whole.size() / 2));
  write_file(bench.folder.file() + "-wal", "");
  bench.open();
  ASSERT_THAT(bench.folder.set_aside(), SizeIs(1));
  EXPECT_GT(bench.spool->stats().lost, 100u) << "as far as it can be read";
  EXPECT_LE(bench.spool->stats().lost, 400u);
  EXPECT_EQ(events_of(bench), 0u);
  bench.committed("a");
  EXPECT_THAT(bench.values(), ElementsAre("a"));
}

TEST(Damage, ADamagedIndexIsMadeAnewFromTheRows) {
  Bench bench;
  fill(bench, 50);
  // Behind SQLite's back: rows are gone from the index alone.
  sql(bench.folder.file(),
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX unsent ON rows(id) "
      "WHERE state = 0' WHERE name = 'unsent'; PRAGMA writable_schema = RESET; REINDEX unsent;"
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX unsent ON "
      "rows(topic, id) WHERE state = 0' WHERE name = 'unsent'; PRAGMA writable_schema = RESET");
  bench.open();
  EXPECT_THAT(bench.folder.set_aside(), IsEmpty());
  EXPECT_EQ(bench.values().size(), 50u);
  EXPECT_EQ(bench.spool->stats().lost, 0u);
}

/// Whatever is flipped: the spool opens, and every event is either there as it was or counted as lost; none is made up.
TEST(Damage, AnyFlippedByte) {
  Bench bench;
  constexpr std::size_t rows = 60;
  fill(bench, rows);
  const std::string whole = content(bench.folder.file());
  std::mt19937 random(7);  // NOLINT: the same each time
  std::size_t set_aside = 0;
  for (int round = 0; round < 150; ++round) {
    std::string changed = whole;
    // The first pages have the schema and the roots: more often than their share.
    const std::size_t reach = round % 3 == 0 ? std::min<std::size_t>(16384, whole.size()) : whole.size();
    const std::size_t at = random() % reach;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
    for (const auto& entry : std::filesystem::directory_iterator(bench.folder.path())) {
      std::filesystem::remove(entry.path());
    }
    write_file(bench.folder.file(), changed);
    bench.open();
    const std::size_t found = events_of(bench);
    const std::uint64_t lost = bench.spool->stats().lost;
    ASSERT_LE(found + lost, rows) << "byte " << at;
    if (bench.folder.set_aside().empty()) {
      ASSERT_EQ(found + lost, rows) << "byte " << at;
    } else {
      ++set_aside;
      ASSERT_EQ(found, 0u);
    }
    for (const std::string& value : bench.values()) {
      const std::size_t number = std::stoul(value);
      ASSERT_EQ(value, cat(number, " ", std::string(number % 7 == 0 ? 9000 : 300, 'v'))) << "byte " << at;
    }
    bench.committed("new");
    bench.close();
  }
  EXPECT_GT(set_aside, 0u);
  EXPECT_LT(set_aside, 100u);
}

TEST(Damage, ATornLogHasWhatWasBeforeTheTear) {
  Bench bench;
  bench.open();
  for (int i = 0; i < 20; ++i) bench.committed(cat(i));
  const std::string file = content(bench.folder.file());
  const std::string log = content(bench.folder.file() + "-wal");
  bench.close();
  for (std::size_t size = 0; size < log.size(); size += 997) {
    std::filesystem::remove(bench.folder.file() + "-shm");
    write_file(bench.folder.file(), file);
    write_file(bench.folder.file() + "-wal", log.substr(0, size));
    bench.open();
    std::vector<std::string> expected;
    const std::vector<std::string> found = bench.values();
    for (std::size_t i = 0; i < found.size(); ++i) expected.push_back(cat(i));
    ASSERT_EQ(found, expected) << "a beginning of them: " << size;
    bench.close();
  }
}

TEST(Damage, WhileItRuns) {
  Bench bench;
  bench.open();
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(bench.insert(cat(i, std::string(3000, 'v'))));
  bench.flush();
  bench.open();  // all is in the file, none of it in a cache
  {
    std::fstream file(bench.folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string garbage(4096, '\x5a');
    for (int page = 3; page < 300; ++page) file.seekp(page * 4096).write(garbage.data(), 4096);
  }
  EXPECT_FALSE(bench.spool->read(0, 0, 100000, 1 << 30));
  ASSERT_TRUE(bench.becomes(Health::Kind::failed) || bench.becomes(Health::Kind::ok));
  while (bench.folder.set_aside().empty()) std::this_thread::yield();
  ASSERT_TRUE(bench.becomes(Health::Kind::ok));
  EXPECT_THAT(bench.values(), IsEmpty());
  EXPECT_GT(bench.committed("new"), 400) << "no row of before has its id";
  EXPECT_THAT(bench.values(), ElementsAre("new"));
}

TEST(Versions, AFileOfALaterOneIsUsedAsItIs) {
  Bench bench;
  bench.open();
  bench.committed("a");
  bench.close();
  sql(bench.folder.file(),
      "PRAGMA user_version = 7; ALTER TABLE rows ADD COLUMN region TEXT NOT NULL DEFAULT 'eu';"
      "UPDATE rows SET region = 'us'; CREATE TABLE more(x)");
  bench.open();
  EXPECT_THAT(bench.values(), ElementsAre("a"));
  bench.spool->park(bench.committed("b"), "r");
  bench.flush();
  bench.close();
  EXPECT_THAT(bench.folder.set_aside(), IsEmpty());
  sql(bench.folder.file(),
      "CREATE TEMP TABLE one(n CHECK(n = 7)); INSERT INTO one SELECT user_version FROM "
      "pragma_user_version; CREATE TEMP TABLE two(n CHECK(n = 'us')); INSERT INTO two SELECT region "
      "FROM rows WHERE id = 1");
}

TEST(Versions, AFileOfAnEarlierOneGetsWhatItHasNot) {
  Bench bench;
  bench.open();
  const Record record = record_of(0, "a");
  ASSERT_TRUE(bench.spool->insert(record, {{id_of(1), id_of(2)}, Bench::accepted(1), 0}, 1000));
  EXPECT_EQ(bench.reports->of(1000).kind, RowReport::Kind::committed);
  bench.close();
  sql(bench.folder.file(),
      "DROP INDEX unsent; DROP INDEX parked; DROP TABLE damaged; ALTER TABLE rows DROP COLUMN reason;"
      "ALTER TABLE rows DROP COLUMN state; ALTER TABLE rows DROP COLUMN kind; PRAGMA user_version = 0");
  bench.open();
  EXPECT_THAT(bench.folder.set_aside(), IsEmpty());
  EXPECT_THAT(bench.values(), ElementsAre("a"));
  bench.spool->park(bench.committed("b"), "r");
  bench.flush();
  EXPECT_EQ(bench.spool->stats().parked, 1u);
  EXPECT_EQ(bench.spool->stats().lost, 0u);
}

}  // namespace
}  // namespace hookferry::spool
