// hookferry healthcheck: asks the local instance whether it is ready.
#include <iostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/instance.h"
#include "cli/run.h"
#include "config/address.h"
#include "http/client.h"

namespace hookferry::cli {

int healthcheck(const CommonOptions& options) {
  std::string listen = config::Admin().listen;
  if (options.overrides.admin) {
    listen = *options.overrides.admin;
  } else if (config_file(options)) {
    int exit_code = done;
    const auto config = load_config(options, exit_code);
    if (!config) return exit_code;
    listen = config->admin.listen;
  }
  const auto address = config::parse_listen(listen);
  if (!address) {
    complain(cat("--admin: ", address.error().message));
    return bad_input;
  }
  http::Client client(local_server(*address), std::chrono::seconds(3));
  const auto answer = client.get("/readyz");
  if (!answer) {
    complain(cat(answer.error().message, "; is the instance running, and is this its admin.listen?"));
    return environment;
  }
  std::cout << answer->body << std::flush;
  return answer->status == 200 ? done : bad_input;
}

}  // namespace hookferry::cli
