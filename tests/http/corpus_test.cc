// Every case of tests/http/corpus, over plain TCP.
#include "tests/http/corpus_run.h"

namespace hookferry::http {
namespace {

using Corpus = testing::CorpusTest;

TEST_F(Corpus, Whole) {
  run_whole();
}
TEST_F(Corpus, ByteByByte) {
  run_byte_by_byte();
}
TEST_F(Corpus, CutAtRandom) {
  run_cut_at_random();
}

}  // namespace
}  // namespace hookferry::http
