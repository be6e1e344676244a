// The lines of the log, as text and as JSON, each with its line break.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"

namespace spdlog {
class formatter;
}

namespace hookferry {

/// How lines look. Text shows the time of day in UTC, JSON the date as well.
struct LogStyle {
  LogFormat format = LogFormat::text;
  bool colour = false;  // of text only
};

/// The level that a request is logged at: info when it was accepted or a duplicate, else warn.
[[nodiscard]] LogLevel level_of(const RequestLine& line) noexcept;

void append_request_line(std::string& out, WallTime time, const RequestLine& line, LogStyle style);

/// Formats messages: "12:00:01.234 warn   text". Not thread-safe.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_message_formatter(LogStyle style);
void append_message_line(std::string& out, WallTime time, LogLevel level, std::string_view message,
                         spdlog::formatter& formatter);

}  // namespace hookferry
