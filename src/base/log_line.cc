#include "base/log_line.h"

#include <spdlog/fmt/fmt.h>
// After fmt.h, which says whose fmt it is.
#include <spdlog/fmt/compile.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log_escape.h"
#include "base/time.h"

namespace hookferry {
namespace {

constexpr std::string_view accepted = "accepted";
constexpr std::string_view duplicate = "duplicate";
constexpr std::string_view rejected = "rejected";
constexpr std::string_view arrow = "\xE2\x86\x92";
constexpr std::size_t short_id = 8;

/// Appends to the line: fmt with its formats compiled, since a line is written for every request.
#define HOOKFERRY_FORMAT(out, format, ...) fmt::format_to(std::back_inserter(out), FMT_COMPILE(format), __VA_ARGS__)

void append_time_of_day(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - day).count();
  HOOKFERRY_FORMAT(out, "{:02}:{:02}:{:02}.{:03} ", milliseconds / 3'600'000, milliseconds / 60'000 % 60,
                   milliseconds / 1000 % 60, milliseconds % 1000);
}

std::size_t width_of(std::string_view text) noexcept {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

/// One column and the blank after it; "-" where there is nothing.
void append_column(std::string& out, std::string_view text, std::size_t width, std::string_view colour = {}) {
  out.append(colour);
  const std::size_t start = out.size();
  append_text_escaped(out, text.empty() ? "-" : text, max_log_field, Blanks::escape);
  const std::size_t used = width_of(std::string_view(out).substr(start));
  if (!colour.empty()) out.append("\x1b[0m");
  out.append(used < width ? width - used + 1 : 1, ' ');
}

std::string_view colour_of(std::string_view outcome) noexcept {
  if (outcome == accepted) return "\x1b[32m";
  if (outcome == duplicate) return "\x1b[36m";
  return outcome == rejected ? "\x1b[31m" : "\x1b[33m";
}

/// Three digits or so: "2.1 ms", "250 ms", "4.0 s".
void append_short_duration(std::string& out, Duration duration) {
  const std::int64_t nanoseconds = std::max<std::int64_t>(duration.count(), 0);
  const std::int64_t tenths = nanoseconds / 100'000 + (nanoseconds % 100'000 >= 50'000);  // of a millisecond
  if (tenths < 1000) {
    HOOKFERRY_FORMAT(out, "{}.{} ms", tenths / 10, tenths % 10);
  } else if (tenths < 9995) {
    HOOKFERRY_FORMAT(out, "{} ms", (tenths + 5) / 10);
  } else {
    HOOKFERRY_FORMAT(out, "{}.{} s", (tenths + 500) / 10'000, (tenths + 500) / 1000 % 10);
  }
}

/// How long ago: "0.9 s", "31.5 min", "2.6 h".
void append_age(std::string& out, Duration age) {
  const std::int64_t seconds = age.count() / 1'000'000'000;
  const auto tenths_of = [&](std::int64_t unit) {
    return std::max<std::int64_t>((age.count() + unit * 50'000'000) / (unit * 100'000'000), 0);
  };
  const auto [tenths, unit] = seconds < 120    ? std::pair(tenths_of(1), "s")
                              : seconds < 7200 ? std::pair(tenths_of(60), "min")
                                               : std::pair(tenths_of(3600), "h");
  HOOKFERRY_FORMAT(out, "{}.{} {}", tenths / 10, tenths % 10, unit);
}

void append_place(std::string& out, const RequestLine& line) {
  out.append(arrow).push_back(' ');
  append_text_escaped(out, line.topic, max_log_field);
  if (line.partition >= 0) HOOKFERRY_FORMAT(out, "[{}]@{}", line.partition, line.offset);
}

/// What follows the columns, each part with two blanks before the next.
void append_details(std::string& out, const RequestLine& line) {
  constexpr std::string_view gap = "  ";
  if (!line.id.empty()) {
    append_text_escaped(out, line.id.substr(0, short_id), short_id);
    out.append(gap);
  }
  if (!line.reason.empty()) {
    append_text_escaped(out, line.reason, max_log_field);
    out.append(gap);
  }
  if (line.outcome == rejected) {
    HOOKFERRY_FORMAT(out, "{} bytes  ", line.body_size);
    if (!line.address.empty()) append_text_escaped(out, line.address, max_log_field, Blanks::escape);
    out.append(gap);
  }
  if (line.first_seen) {
    out.append("first seen ");
    append_age(out, *line.first_seen);
    out.append(" ago").append(gap);
  }
  if (!line.topic.empty()) {
    append_place(out, line);
    out.append(gap);
  }
  if (line.secret > 1) HOOKFERRY_FORMAT(out, "secret {}", line.secret);
}

void append_as_text(std::string& out, WallTime time, const RequestLine& line, bool colour) {
  append_time_of_day(out, time);
  append_column(out, line.source, 7);
  append_column(out, line.event, 16);
  append_column(out, line.outcome, 10, colour ? colour_of(line.outcome) : std::string_view());
  if (line.outcome != rejected) {
    const std::size_t start = out.size();
    append_short_duration(out, line.elapsed);
    const std::size_t used = out.size() - start;
    out.append(used < 7 ? 8 - used : 1, ' ');
  }
  append_details(out, line);
  out.erase(out.find_last_not_of(' ') + 1);
  out.push_back('\n');
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":\"");
  append_json_text(out, text, max_log_field);
  out.push_back('"');
}

/// A number with three decimals, rounded down: `thousandths` / 1000.
void append_member(std::string& out, std::string_view name, std::int64_t thousandths) {
  const std::int64_t value = std::max<std::int64_t>(thousandths, 0);
  HOOKFERRY_FORMAT(out, ",\"{}\":{}.{:03}", name, value / 1000, value % 1000);
}

void append_as_json(std::string& out, WallTime time, const RequestLine& line) {
  out.append("{\"time\":\"");
  append_rfc3339(out, time);
  out.append(level_of(line) == LogLevel::info ? "\",\"level\":\"info\"" : "\",\"level\":\"warn\"");
  append_member(out, "source", line.source);
  append_member(out, "event", line.event);
  append_member(out, "outcome", line.outcome);
  append_member(out, "reason", line.reason);
  append_member(out, "id", line.id);
  append_member(out, "elapsed_ms", line.elapsed.count() / 1000);
  append_member(out, "topic", line.topic);
  if (!line.topic.empty() && line.partition >= 0) {
    HOOKFERRY_FORMAT(out, ",\"partition\":{},\"offset\":{}", line.partition, line.offset);
  }
  if (line.first_seen) append_member(out, "first_seen_s", line.first_seen->count() / 1'000'000);
  if (line.outcome == rejected) {
    HOOKFERRY_FORMAT(out, ",\"bytes\":{}", line.body_size);
    append_member(out, "address", line.address);
  }
  if (line.secret > 0) HOOKFERRY_FORMAT(out, ",\"secret\":{}", line.secret);
  out.append("}\n");
}

}  // namespace

LogLevel level_of(const RequestLine& line) noexcept {
  return line.outcome == accepted || line.outcome == duplicate ? LogLevel::info : LogLevel::warn;
}

void append_request_line(std::string& out, WallTime time, const RequestLine& line, LogStyle style) {
  if (style.format == LogFormat::json) {
    append_as_json(out, time, line);
  } else {
    append_as_text(out, time, line, style.colour);
  }
}

}  // namespace hookferry
