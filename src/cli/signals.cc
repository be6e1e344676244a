#include "cli/signals.h"

#include <pthread.h>

#include <ctime>

namespace hookferry::cli {

namespace {

bool take(const sigset_t& signals, Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((limit - seconds).count())};
  return sigtimedwait(&signals, nullptr, &timeout) > 0;
}

}  // namespace

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&stop_);
  sigaddset(&stop_, SIGTERM);
  sigaddset(&stop_, SIGINT);
  sigemptyset(&reload_);
  sigaddset(&reload_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &reload_, nullptr);
  pthread_sigmask(SIG_BLOCK, &stop_, nullptr);
  // Under nohup it is ignored, and what is ignored cannot be waited for everywhere. It is blocked by now.
  std::signal(SIGHUP, SIG_DFL);
}

bool Signals::wait(Duration limit) {
  return take(stop_, limit);
}

bool Signals::reload_asked() {
  return take(reload_, Duration());
}

}  // namespace hookferry::cli
