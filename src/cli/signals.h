// SIGTERM and SIGINT as something to wait for.
#pragma once

#include <csignal>

#include "hookferry/clock.h"

namespace hookferry::cli {

/// Blocks SIGTERM and SIGINT for this thread and all that it starts from now on, so that they can be waited for;
/// ignores SIGPIPE, and SIGHUP, which must not end the process without a drain. To be made before any other thread.
class Signals {
 public:
  Signals();
  /// Whether one came within `limit`; takes it.
  [[nodiscard]] bool wait(Duration limit);

 private:
  sigset_t set_{};
};

}  // namespace hookferry::cli
