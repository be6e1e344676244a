// Clients of Kafka that were replaced. Private to this room.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace hookferry::app {

/// Ends them on threads of their own, since that may take a while; destruction waits for it. Not thread-safe.
class EndedClients {
 public:
  EndedClients() = default;
  ~EndedClients();
  EndedClients(const EndedClients&) = delete;
  EndedClients& operator=(const EndedClients&) = delete;

  /// Null is nothing.
  void add(std::shared_ptr<void> client);

 private:
  struct Ending {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };
  std::vector<Ending> endings_;
};

}  // namespace hookferry::app
