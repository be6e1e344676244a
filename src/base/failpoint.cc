#include "base/failpoint.h"

#ifdef HOOKFERRY_FAILPOINTS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace hookferry {
namespace {

struct Wanted {
  std::string name;
  std::atomic<long> crossings{1};  // until it is time

  Wanted() {
    const char* const text = std::getenv("HOOKFERRY_FAILPOINT");
    if (text == nullptr) return;
    name = text;
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos) return;
    crossings = std::strtol(text + colon + 1, nullptr, 10);
    name.resize(colon);
  }
};

}  // namespace

void failpoint(std::string_view name) noexcept {
  static Wanted wanted;
  if (wanted.name != name || wanted.crossings.fetch_sub(1) != 1) return;
  std::raise(SIGKILL);
}

}  // namespace hookferry

#endif
