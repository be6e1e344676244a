// Whatever a fuzzer ever found stays fixed: each target is fed its corpus, without clang.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/fuzz/targets.h"
#include "tests/http/corpus.h"

namespace hookferry::fuzz {
namespace {

TEST(Fuzz, EveryFileOfTheCorpusHoldsTheInvariants) {
  for (const Target& target : targets) {
    const std::filesystem::path folder = std::filesystem::path(HOOKFERRY_FUZZ_CORPUS) / target.name;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      SCOPED_TRACE(entry.path());
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      target.feed(bytes.str());
      ++files;
    }
    EXPECT_GT(files, 0u) << folder;
  }
}

TEST(Fuzz, EveryCaseOfFramingAbuseIsFramedTheSameInAnyPieces) {
  for (const auto& each : http::testing::read_corpus()) {
    SCOPED_TRACE(each.name);
    head(each.bytes);
    connection(each.bytes);
  }
}

}  // namespace
}  // namespace hookferry::fuzz
