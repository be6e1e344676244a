// hookferry send: signs and posts events like their sender does.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.h"

namespace hookferry::cli {

struct SendOptions {
  std::string source;
  std::string event;       // empty: the preset's example
  std::string body_file;   // empty: the documented body; "-": stdin
  std::string url;         // empty: the instance's webhook port, whatever certificate it shows
  std::string ca_file;     // who signs the certificate of `url`, in PEM; empty: whom this machine trusts
  std::string secret_env;  // empty: the configuration's, else the preset's variable
  bool same = false;       // the documented body as it is: a duplicate from the second time on
  std::size_t count = 1;
  double rate = 0;              // events a second; 0: as fast as answers come
  std::size_t concurrency = 0;  // connections; 0: one for a few events, else 8
};

[[nodiscard]] int send(const CommonOptions& common, const SendOptions& options);

}  // namespace hookferry::cli
