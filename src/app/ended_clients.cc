#include "app/ended_clients.h"

#include <utility>

namespace hookferry::app {

EndedClients::~EndedClients() {
  for (Ending& ending : endings_) ending.thread.join();
}

void EndedClients::add(std::shared_ptr<void> client) {
  if (!client) return;
  std::erase_if(endings_, [](Ending& ending) {
    if (!ending.done->load()) return false;
    ending.thread.join();
    return true;
  });
  auto done = std::make_shared<std::atomic<bool>>(false);
  std::thread thread([done, ended = std::move(client)]() mutable {
    ended.reset();
    *done = true;
  });
  endings_.push_back({std::move(thread), std::move(done)});
}

}  // namespace hookferry::app
