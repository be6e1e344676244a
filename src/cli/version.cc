// hookferry version: what this is, and what it stands on.
#include "app/version.h"

#include <iostream>

#include "cli/command.h"
#include "cli/run.h"
#include "http/version.h"
#include "kafka/version.h"
#include "senders/version.h"

namespace hookferry::cli {

int print_version() {
  std::cout << "hookferry " << app::version() << " (" << app::revision() << ")\n"
            << "cpp-httplib " << http::library_version() << "\n"
            << "librdkafka " << kafka::library_version() << "\n"
            << senders::library_versions() << std::endl;
  return done;
}

}  // namespace hookferry::cli
