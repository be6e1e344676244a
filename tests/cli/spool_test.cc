// hookferry spool, on a spool of its own.
#include "cli/spool.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "cli/run.h"
#include "tests/spool/support.h"

namespace hookferry::cli {
namespace {

using hookferry::spool::Bench;
using testing::HasSubstr;
using testing::MatchesRegex;

struct Said {
  int code = 0;
  std::string out;
  std::string problems;
};

Said run_spool(const std::string& action, const std::string& path, bool json = false,
               const CommonOptions& common = {}) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Said said;
  said.code = spool(common, {action, path, json});
  said.out = testing::internal::GetCapturedStdout();
  said.problems = testing::internal::GetCapturedStderr();
  return said;
}

/// A spool with an unsent and a parked row, open or not.
class SpoolCommand : public testing::Test {
 protected:
  void SetUp() override {
    bench_.open();
    bench_.committed(R"({"specversion":"1.0"})");
    bench_.spool->park(bench_.committed("no JSON\x1b[2J", 1), "too large");
    bench_.flush();
  }
  Bench bench_;
};

TEST_F(SpoolCommand, ListsTopicsBesideTheInstance) {
  const Said said = run_spool("list", bench_.folder.path());
  EXPECT_EQ(said.code, done) << said.problems;
  EXPECT_THAT(said.out,
              MatchesRegex("glossi.job.complete +1 unsent +0 parked +[0-9]+ B +since "
                           "2023-11-14T22:13:21.000Z\nglossi.render.failed +0 unsent +1 parked .*\n.*: 2 events, "
                           "of the running process [0-9]+\n"));
}

TEST_F(SpoolCommand, ListsTopicsAsJson) {
  bench_.close();
  const Said said = run_spool("list", bench_.folder.path(), true);
  EXPECT_EQ(said.code, done);
  std::istringstream lines(said.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto topic = boost::json::parse(line).as_object();
  EXPECT_EQ(topic.at("topic"), "glossi.job.complete");
  EXPECT_EQ(topic.at("unsent"), 1);
  EXPECT_EQ(topic.at("parked"), 0);
  EXPECT_EQ(topic.at("oldest"), "2023-11-14T22:13:21.000Z");
  EXPECT_TRUE(std::getline(lines, line));
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(SpoolCommand, ExportsWholeRecordsAsJson) {
  const Said said = run_spool("export", bench_.folder.path(), true);
  EXPECT_EQ(said.code, done);
  std::istringstream lines(said.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  auto row = boost::json::parse(line).as_object();
  EXPECT_EQ(row.at("topic"), "glossi.job.complete");
  EXPECT_EQ(row.at("state"), "unsent");
  EXPECT_EQ(row.at("row"), 1);
  EXPECT_EQ(row.at("id"), "01000000000000000000000000000001");
  EXPECT_EQ(row.at("accepted"), "2023-11-14T22:13:21.000Z");
  EXPECT_EQ(row.at("key"), "key of {\"specversion\":\"1.0\"");
  EXPECT_EQ(row.at("headers").at("ce_id"), "x");
  EXPECT_EQ(row.at("value").at("specversion"), "1.0");
  ASSERT_TRUE(std::getline(lines, line));
  row = boost::json::parse(line).as_object();
  EXPECT_EQ(row.at("state"), "parked");
  EXPECT_EQ(row.at("reason"), "too large");
  EXPECT_EQ(row.at("value_text"), "no JSON\x1b[2J");
}

TEST_F(SpoolCommand, ExportsLinesForPeopleWithoutControls) {
  const Said said = run_spool("export", bench_.folder.path());
  EXPECT_EQ(said.code, done);
  EXPECT_THAT(said.out, HasSubstr("2023-11-14T22:13:22.000Z parked  02000000  glossi.render.failed"));
  EXPECT_THAT(said.out, HasSubstr("too large\n"));
  EXPECT_EQ(said.out.find('\x1b'), std::string::npos);
}

TEST_F(SpoolCommand, VerifiesWhatIsWhole) {
  EXPECT_EQ(run_spool("verify", bench_.folder.path()).code, done);
  const Said said = run_spool("verify", bench_.folder.path(), true);
  EXPECT_EQ(said.code, done);
  EXPECT_EQ(boost::json::parse(said.out).at("good"), true);
  EXPECT_EQ(boost::json::parse(said.out).at("events"), 2);
}

TEST_F(SpoolCommand, SaysWhatIsDamaged) {
  bench_.close();
  std::filesystem::resize_file(bench_.folder.file(), std::filesystem::file_size(bench_.folder.file()) - 4096);
  const Said said = run_spool("verify", bench_.folder.path(), true);
  EXPECT_EQ(said.code, bad_input);
  EXPECT_EQ(boost::json::parse(said.out).at("good"), false);
  EXPECT_EQ(run_spool("verify", bench_.folder.path()).code, bad_input);
}

TEST(SpoolCommandPath, IsTheConfigurationsByDefault) {
  Bench bench;
  bench.open();
  const std::string file = bench.folder.path() + "/hookferry.yaml";
  const std::string secret = bench.folder.path() + "/secret";
  std::ofstream(secret) << "a secret that is long enough for all";
  const std::string source = cat("sources: [{name: glossi, preset: glossi, secrets: [{file: ", secret, "}]}]\n");
  CommonOptions common;
  common.config_file = file;
  std::ofstream(file) << source << "spool: {path: " << bench.folder.path() << "}\n";
  EXPECT_THAT(run_spool("list", {}, false, common).out, HasSubstr(bench.folder.path() + ": 0 events"));
  std::ofstream(file) << source;
  const Said none = run_spool("list", {}, false, common);
  EXPECT_EQ(none.code, bad_input);
  EXPECT_THAT(none.problems, HasSubstr("has no spool.path"));
}

TEST(SpoolCommandPath, WithoutASpoolIsTheEnvironmentsFault) {
  const Said said = run_spool("list", "/no/such/folder");
  EXPECT_EQ(said.code, environment);
  EXPECT_THAT(said.problems, HasSubstr("there is no spool here"));
}

}  // namespace
}  // namespace hookferry::cli
