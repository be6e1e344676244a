// A look into a spool from beside it.
#include <gmock/gmock.h>

#include <fstream>

#include "spool/spool_reader.h"
#include "tests/spool/support.h"

namespace hookferry::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> shown(SpoolReader& reader) {
  std::vector<std::string> out;
  const Found found = reader.for_each([&](const StoredEvent& event) {
    out.push_back(cat(event.row.row, " ", event.topic, " ", event.row.record.value(), event.parked ? " parked " : "",
                      event.reason));
  });
  EXPECT_TRUE(found.whole) << found.problem;
  EXPECT_EQ(found.damaged, 0u);
  return out;
}

TEST(Reader, SeesEveryRowBesideTheInstance) {
  Bench bench;
  bench.open();
  bench.committed("a");
  bench.spool->park(bench.committed("b", 1), "too large");
  bench.flush();
  auto reader = SpoolReader::open(bench.folder.path());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_THAT(shown(*reader), ElementsAre("1 glossi.job.complete a", "2 glossi.render.failed b parked too large"));
  EXPECT_EQ(reader->owner(), ::getpid());
  bench.committed("c");
  EXPECT_THAT(shown(*reader), testing::SizeIs(3)) << "what came later too";
  EXPECT_TRUE(reader->verify().good());
  EXPECT_EQ(reader->verify().intact, 3u);
  bench.close();
  EXPECT_EQ(reader->owner(), 0);
  EXPECT_THAT(shown(*reader), testing::SizeIs(3));
}

TEST(Reader, ChangesNothing) {
  Bench bench;
  bench.open();
  bench.committed("a");
  bench.close();
  const auto before = std::filesystem::last_write_time(bench.folder.file());
  auto reader = SpoolReader::open(bench.folder.path());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->verify().good());
  EXPECT_EQ(std::filesystem::last_write_time(bench.folder.file()), before);
}

TEST(Reader, SaysWhereThereIsNone) {
  TemporaryFolder folder;
  const auto absent = SpoolReader::open(folder.path());
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message, HasSubstr("there is no spool here"));
  EXPECT_THAT(std::filesystem::is_empty(folder.path()), true) << "and makes none";
  std::ofstream(folder.file()) << std::string(10000, 'x');
  const auto other = SpoolReader::open(folder.path());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("not a database"));
}

TEST(Reader, ReadsWhatIsLeftOfADamagedFile) {
  Bench bench;
  bench.open();
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(bench.insert(std::string(300, 'v')));
  bench.close();
  std::filesystem::resize_file(bench.folder.file(), std::filesystem::file_size(bench.folder.file()) / 2);
  bench.open();
  ASSERT_THAT(bench.folder.set_aside(), testing::SizeIs(1));
  auto reader = SpoolReader::open(bench.folder.set_aside()[0]);
  ASSERT_TRUE(reader) << reader.error().message;
  std::size_t read = 0;
  const Found found = reader->for_each([&](const StoredEvent& event) {
    EXPECT_EQ(event.row.record.value(), std::string(300, 'v'));
    ++read;
  });
  EXPECT_GT(read, 100u);
  EXPECT_EQ(read + found.damaged, bench.spool->stats().lost);
  EXPECT_FALSE(found.whole);
  EXPECT_FALSE(reader->verify().good());
  auto current = SpoolReader::open(bench.folder.path());
  ASSERT_TRUE(current);
  EXPECT_TRUE(current->verify().good());
  EXPECT_EQ(current->verify().files_aside, bench.folder.set_aside());
  EXPECT_THAT(shown(*current), IsEmpty());
}

TEST(Reader, AFolderWithSignsInItsName) {
  Bench bench;
  bench.open();
  bench.committed("a");
  bench.close();
  const std::string odd = bench.folder.path() + "/50% #1?";
  std::filesystem::create_directory(odd);
  std::filesystem::copy_file(bench.folder.file(), odd + "/spool.db");
  auto reader = SpoolReader::open(odd);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_THAT(shown(*reader), testing::SizeIs(1));
}

}  // namespace
}  // namespace hookferry::spool
