#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>

#include <array>

#include "base/log_escape.h"
#include "base/log_line.h"

namespace hookferry {
namespace {

constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};

struct LevelStyle {
  std::string_view name;
  std::string_view column;
  std::string_view colour;
};

constexpr LevelStyle style_of(spdlog::level::level_enum level) noexcept {
  if (level <= spdlog::level::debug) return {"debug", "debug ", "\x1b[2m"};
  if (level == spdlog::level::info) return {"info", "info  ", ""};
  if (level == spdlog::level::warn) return {"warn", "warn  ", "\x1b[33m"};
  return {"error", "error ", "\x1b[31m"};
}

void append(spdlog::memory_buf_t& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

/// Replaces %l: spdlog says "warning", and pads to another width.
class LevelFlag final : public spdlog::custom_flag_formatter {
 public:
  explicit LevelFlag(LogStyle style) : style_(style) {}
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const LevelStyle level = style_of(message.level);
    if (style_.format == LogFormat::json) {
      append(out, level.name);
    } else if (style_.colour && !level.colour.empty()) {
      append(out, level.colour);
      append(out, level.column);
      append(out, "\x1b[0m");
    } else {
      append(out, level.column);
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelFlag>(style_);
  }

 private:
  LogStyle style_;
};

/// Replaces %v: the message, escaped.
class MessageFlag final : public spdlog::custom_flag_formatter {
 public:
  explicit MessageFlag(LogFormat format) : format_(format) {}
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    std::string escaped;
    if (format_ == LogFormat::json) {
      append_json_text(escaped, text, max_log_message);
    } else {
      append_text_escaped(escaped, text, max_log_message);
    }
    append(out, escaped);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<MessageFlag>(format_);
  }

 private:
  LogFormat format_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_message_formatter(LogStyle style) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, "\n");
  formatter->add_flag<LevelFlag>('l', style).add_flag<MessageFlag>('v', style.format);
  formatter->set_pattern(style.format == LogFormat::json
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%v"})"
                             : "%H:%M:%S.%e %l %v");
  return formatter;
}

void append_message_line(std::string& out, WallTime time, LogLevel level, std::string_view message,
                         spdlog::formatter& formatter) {
  const auto when = std::chrono::time_point_cast<spdlog::log_clock::duration>(time);
  const spdlog::details::log_msg line(when, spdlog::source_loc{}, "", levels[static_cast<std::size_t>(level)],
                                      spdlog::string_view_t(message.data(), message.size()));
  spdlog::memory_buf_t buffer;
  formatter.format(line, buffer);
  out.append(buffer.data(), buffer.size());
}

}  // namespace hookferry
