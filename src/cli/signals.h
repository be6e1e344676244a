// SIGTERM, SIGINT and SIGHUP as something to wait for.
#pragma once

#include <csignal>

#include "hookferry/clock.h"

namespace hookferry::cli {

/// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts from now on, so that they can be waited for
/// and SIGHUP does not end the process without a drain; ignores SIGPIPE. To be made before any other thread.
class Signals {
 public:
  Signals();
  /// Whether SIGTERM or SIGINT came within `limit`; takes it.
  [[nodiscard]] bool wait(Duration limit);
  /// Whether SIGHUP came since the last call.
  [[nodiscard]] bool reload_asked();

 private:
  sigset_t stop_{};
  sigset_t reload_{};
};

}  // namespace hookferry::cli
