// Threads of this process.
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace hookferry {

/// A new thread starts with its creator's mask: while this lives, that of a thread that takes no signals.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

/// Starts a thread that has a name of at most 15 characters, which `top -H` shows, and takes no signals: those of the
/// process are for the thread that waits for them, and a closed pipe is an error of write alone.
template <typename Body>
[[nodiscard]] std::thread start_thread(const char* name, Body body) {
  const BlockedSignals blocked;
  std::thread thread(std::move(body));
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace hookferry
