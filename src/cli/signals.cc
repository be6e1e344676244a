#include "cli/signals.h"

#include <pthread.h>

#include <ctime>

namespace hookferry::cli {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool Signals::wait(Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((limit - seconds).count())};
  return sigtimedwait(&set_, nullptr, &timeout) > 0;
}

}  // namespace hookferry::cli
