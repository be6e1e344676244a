// Reads the configuration again: when it is asked to, and when the content of one of its files has changed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "app/watch.h"
#include "config/config.h"
#include "hookferry/clock.h"

namespace hookferry::app {

/// Works on a thread of its own, since files may be slow. `ask` is thread-safe and may be called at any time.
class Reloader {
 public:
  struct Ports {
    /// Reads the configuration, everything through the environment that it is given.
    std::function<config::Loaded(const config::Environment&)> load;
    /// Takes what was read, valid or not.
    std::function<void(const config::Loaded&)> apply;
  };
  static constexpr Duration usual_pause = std::chrono::seconds(1);

  /// `read` is what the running configuration was read from; `pause` is between two looks at it. `environment`, and
  /// what the ports refer to, must outlive it.
  Reloader(Ports ports, const config::Environment& environment, Contents read, Duration pause = usual_pause);
  /// Waits for a reading under way.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Reads everything again soon, changed or not.
  void ask() noexcept;

 private:
  void run();
  void reload();

  const Ports ports_;
  const config::Environment& environment_;
  const Duration pause_;
  FileWatch watch_;  // of the thread alone

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool asked_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace hookferry::app
