#include "app/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace hookferry::app {
namespace {

constexpr std::size_t other_files = 256;

}  // namespace

void raise_open_files() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::size_t open_files() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  return limit.rlim_cur;
}

std::size_t connections_within(std::size_t files) noexcept {
  return std::max<std::size_t>(1, files - std::min(other_files, files / 4));
}

}  // namespace hookferry::app
