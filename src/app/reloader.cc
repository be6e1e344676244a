#include "app/reloader.h"

#include <utility>

#include "base/thread.h"

namespace hookferry::app {

Reloader::Reloader(Ports ports, const config::Environment& environment, Contents read, Duration pause)
    : ports_(std::move(ports)), environment_(environment), pause_(pause), watch_(environment) {
  watch_.expect(std::move(read));
  thread_ = start_thread("reloader", [this] { run(); });
}

Reloader::~Reloader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Reloader::ask() noexcept {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  changed_.notify_all();
}

void Reloader::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, pause_, [this] { return asked_ || stopping_; });
    if (stopping_) return;
    const bool asked = std::exchange(asked_, false);
    lock.unlock();
    if (asked || watch_.changed()) reload();
    lock.lock();
  }
}

void Reloader::reload() {
  const NotedEnvironment environment(environment_, NotedEnvironment::Reading::again);
  ports_.apply(ports_.load(environment));
  watch_.expect(environment.contents());
}

}  // namespace hookferry::app
