// The cases of tests/http/corpus, whose README says what is in their files.
#pragma once

#include <string>
#include <vector>

namespace hookferry::http::testing {

struct CorpusCase {
  std::string name;  // "chunks/plus"
  std::vector<int> statuses;
  bool closes = false;
  std::vector<std::string> bodies;  // one for each 200
  std::string bytes;
};

/// All of them, by name. A file that cannot be read as a case fails the test, and is left out.
[[nodiscard]] std::vector<CorpusCase> read_corpus();

}  // namespace hookferry::http::testing
