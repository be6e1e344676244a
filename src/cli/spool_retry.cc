#include <iostream>

#include "base/text.h"
#include "cli/instance.h"
#include "cli/run.h"
#include "cli/spool.h"
#include "http/client.h"

namespace hookferry::cli {
namespace {

/// The admin port: by --admin, else the configuration's.
std::optional<std::string> admin_of(const CommonOptions& options, int& exit_code) {
  CommonOptions wanted = options;
  if (!options.overrides.admin && config_file(options)) {
    const auto config = load_for_kafka(options, exit_code);
    if (!config) return std::nullopt;
    wanted.overrides.admin = config->admin.listen;
  }
  auto server = admin_server(wanted);
  if (server) return std::move(*server);
  complain(server.error().message);
  exit_code = bad_input;
  return std::nullopt;
}

}  // namespace

int spool_retry(const CommonOptions& common, const SpoolOptions& options) {
  int exit_code = done;
  const auto server = admin_of(common, exit_code);
  if (!server) return exit_code;
  const auto answer = http::Client(*server, std::chrono::seconds(5))
                          .post("/spool/retry", options.topic, {{"Content-Type", "text/plain"}});
  if (!answer) {
    complain(cat(answer.error().message, "; is the instance running, and is this its admin.listen? What the spool of ",
                 "one that is gone has parked is tried by hookferry spool drain --parked"));
    return environment;
  }
  if (answer->status != 202) {
    complain(cat(*server, "/spool/retry answers ", answer->status, ": ", printable(answer->body, 200)));
    return bad_input;
  }
  std::cout << answer->body << std::flush;
  return done;
}

}  // namespace hookferry::cli
