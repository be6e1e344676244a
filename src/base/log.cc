#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/log_escape.h"
#include "base/log_limit.h"
#include "base/log_line.h"
#include "base/log_writer.h"
#include "base/text.h"
#include "base/time.h"

namespace hookferry {
namespace {

constexpr std::size_t usual_line = 320;  // bytes: most lines are made with one allocation

constexpr spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

/// Where spdlog's messages go. Its mutex guards the formatter, not the buffers.
class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  WriterSink(std::unique_ptr<spdlog::formatter> formatter, LogWriter& writer)
      : base_sink(std::move(formatter)), writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    writer_.append({line.data(), line.size()}, std::chrono::time_point_cast<Duration>(message.time));
  }
  void flush_() override {}

  LogWriter& writer_;
};

LogWriter::DropNotice drop_notice(LogStyle style) {
  return [formatter = std::shared_ptr(make_message_formatter(style))](std::string& out, WallTime time,
                                                                      std::uint64_t count) {
    append_message_line(out, time, LogLevel::warn,
                        cat("log lines dropped here: ", count, ": what reads them is slower than what is logged"),
                        *formatter);
  };
}

}  // namespace

struct Log::State {
  explicit State(LogOptions given)
      : options(given),
        all_requests(options.all_requests),
        style{options.format, options.colour},
        clock(options.clock != nullptr ? *options.clock : system_clock),
        writer(options.descriptor, options.capacity, drop_notice(style)),
        logger("", std::make_shared<WriterSink>(make_message_formatter(style), writer)) {
    logger.set_level(spdlog_level(options.level));
    logger.set_error_handler([this](const std::string&) { writer.drop(); });
  }

  [[nodiscard]] bool shows(LogLevel level) const { return logger.should_log(spdlog_level(level)); }

  void message(LogLevel level, std::string_view text) {
    logger.log(clock.wall(), spdlog::source_loc{}, spdlog_level(level),
               spdlog::string_view_t(text.data(), text.size()));
  }

  void report_hidden(std::uint64_t count) {
    if (count == 0) return;
    message(LogLevel::warn, cat("rejections not shown here: ", count, ": of more than ", RejectionLimit::per_second,
                                " a second; hookferry_rejected_total counts all"));
  }
  void report_hidden() {
    if (rejections.any_hidden()) report_hidden(rejections.take_hidden(clock.monotonic()));
  }

  const LogOptions options;
  std::atomic<bool> all_requests;
  const LogStyle style;
  const SystemClock system_clock{};
  const Clock& clock;
  LogWriter writer;
  spdlog::logger logger;
  RejectionLimit rejections;
};

Log::Log(LogOptions options) : state_(std::make_unique<State>(options)) {}

Log::~Log() {
  state_->report_hidden(state_->rejections.take_hidden());
}

void Log::write(LogLevel level, std::string_view message) {
  if (!state_->shows(level)) return;
  state_->report_hidden();
  state_->message(level, message);
}

void Log::request(const RequestLine& line) {
  const LogLevel level = level_of(line);
  if (!state_->shows(level)) return;
  if (level == LogLevel::info && !state_->all_requests) return;
  if (line.outcome == "rejected" && !state_->rejections.admit(state_->clock.monotonic())) return;
  state_->report_hidden();
  std::string text;
  text.reserve(usual_line);
  const WallTime now = state_->clock.wall();
  append_request_line(text, now, line, state_->style);
  state_->writer.append(text, now);
}

void Log::plain(std::string_view line) {
  if (!state_->shows(LogLevel::info)) return;
  if (state_->options.format == LogFormat::json) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    state_->message(LogLevel::info, line);
    return;
  }
  std::string text;
  append_text_escaped(text, line, max_log_message);
  text.push_back('\n');
  state_->writer.append(text, state_->clock.wall());
}

void Log::set_level(LogLevel level) {
  state_->logger.set_level(spdlog_level(level));
}

void Log::set_all_requests(bool all) noexcept {
  state_->all_requests = all;
}

std::uint64_t Log::dropped() const noexcept {
  return state_->writer.dropped();
}

bool Log::flush(Duration limit) {
  return state_->writer.flush(limit);
}

}  // namespace hookferry
