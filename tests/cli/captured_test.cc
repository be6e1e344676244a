#include "cli/captured.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hookferry::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// A directory of the test's own, and the working directory while it lasts.
class InDirectory {
 public:
  InDirectory() {
    char name[] = "/tmp/hookferry-cli-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    path_ = name;
    char before[4096];
    EXPECT_NE(::getcwd(before, sizeof before), nullptr);
    before_ = before;
    EXPECT_EQ(::chdir(name), 0);
  }
  ~InDirectory() {
    EXPECT_EQ(::chdir(before_.c_str()), 0);
    EXPECT_EQ(std::system(("rm -rf '" + path_ + "'").c_str()), 0);
  }

 private:
  std::string path_;
  std::string before_;
};

TEST(Headers, AreReadFromArguments) {
  const auto headers = read_headers({"X-Glossi-Signature:  abc ", "Empty:", "Host: a:1"});
  ASSERT_TRUE(headers);
  EXPECT_THAT(*headers, ElementsAre(Pair("X-Glossi-Signature", "abc"), Pair("Empty", ""), Pair("Host", "a:1")));
}

TEST(Headers, AreReadFromACapturedHead) {
  const InDirectory directory;
  std::ofstream("head") << "POST / HTTP/1.1\r\nHost: a\r\nX-Glossi-Signature: abc\r\n\r\nnot: this\r\n";
  EXPECT_THAT(*read_headers({"@head", "More: 1"}),
              ElementsAre(Pair("Host", "a"), Pair("X-Glossi-Signature", "abc"), Pair("More", "1")));
}

TEST(Headers, AreRefusedWithAReason) {
  for (const char* text : {"no colon", ": no name", "a b: c", ""}) {
    const auto headers = read_headers({text});
    ASSERT_FALSE(headers) << text;
    EXPECT_THAT(headers.error().message, HasSubstr("NAME: VALUE"));
  }
  EXPECT_FALSE(read_headers({"@/no/such/file"}));
}

TEST(Captured, IsSavedForItsOwnerAlone) {
  const InDirectory directory;
  const auto name = save_captured("glossi", "the head", std::string("body\0\n", 6));
  ASSERT_TRUE(name) << name.error().message;
  std::ifstream body(*name + ".body", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(body), {}), std::string("body\0\n", 6));
  for (const char* ending : {".head", ".body"}) {
    struct stat state {};
    ASSERT_EQ(::stat((*name + ending).c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777, 0600u);
  }
}

}  // namespace
}  // namespace hookferry::cli
