// hookferry healthcheck: asks the local instance whether it is ready.
#include <iostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/run.h"
#include "http/client.h"

namespace hookferry::cli {
namespace {

/// Where the admin port is reached from this machine: an address that means "any" is reached on the loopback.
std::string local_server(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return cat("http://", host, listen.substr(colon));
}

}  // namespace

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
  http::Client client(local_server(listen), std::chrono::seconds(3));
  const auto answer = client.get("/readyz");
  if (!answer) {
    complain(cat(answer.error().message, "; is the instance running, and is this its admin.listen?"));
    return environment;
  }
  std::cout << answer->body << std::flush;
  return answer->status == 200 ? done : bad_input;
}

}  // namespace hookferry::cli
