// hookferry verify: says whether a captured request verifies and, if not, why.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace hookferry::cli {

struct VerifyOptions {
  std::string source;
  std::string body_file;             // "-": stdin
  std::vector<std::string> headers;  // "Name: value", or "@FILE" with one in each line
  std::string at;                    // the time to judge a signed timestamp by
  std::string secret_env;
  std::string listen;          // instead of body and headers: capture one request here
  int answer = 503;            // what a captured request is told
  bool show_expected = false;  // print the right signature
};

[[nodiscard]] int verify(const CommonOptions& common, const VerifyOptions& options);

}  // namespace hookferry::cli
