#include "kafka/client_log.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

std::string kind_of(std::string_view facility, std::string_view text) {
  std::string kind = cat(facility, " ");
  // librdkafka's "(after 3ms in state CONNECT, 2 identical error(s) suppressed)" comes and goes.
  text = text.substr(0, text.find(" (after "));
  std::copy_if(text.begin(), text.end(), std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
  return kind;
}

LogLevel level_of(int syslog_level) {
  // librdkafka calls every broken connection an error (3); to us it is a warning, since it comes back by itself.
  if (syslog_level <= 2) return LogLevel::error;
  if (syslog_level <= 4) return LogLevel::warn;
  if (syslog_level <= 6) return LogLevel::info;
  return LogLevel::debug;
}

}  // namespace

std::optional<std::string> LogLimiter::pass(std::string_view facility, std::string_view text, MonotonicTime now) {
  std::string kind = kind_of(facility, text);
  const auto known = kinds_.find(kind);
  if (known == kinds_.end()) {
    make_room(now);
    kinds_.emplace(std::move(kind), Kind{now, 0});
    return cat("kafka client: ", printable(text, 500));
  }
  if (now - known->second.last < interval) {
    ++known->second.held_back;
    return std::nullopt;
  }
  const std::uint64_t held_back = known->second.held_back;
  known->second = Kind{now, 0};
  if (held_back == 0) return cat("kafka client: ", printable(text, 500));
  return cat("kafka client: ", printable(text, 500), " (and ", held_back, " more like it)");
}

void LogLimiter::make_room(MonotonicTime now) {
  if (kinds_.size() < max_kinds) return;
  std::erase_if(kinds_, [&](const auto& entry) { return now - entry.second.last >= interval; });
  if (kinds_.size() < max_kinds) return;
  kinds_.erase(std::min_element(kinds_.begin(), kinds_.end(),
                                [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

void ClientLog::write(int level, std::string_view facility, std::string_view text) noexcept {
  std::optional<std::string> line;
  {
    const std::lock_guard lock(mutex_);
    line = limiter_.pass(facility, text, std::chrono::steady_clock::now());
  }
  if (line) log_.write(level_of(level), *line);
}

}  // namespace hookferry::kafka
