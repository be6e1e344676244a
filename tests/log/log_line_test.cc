// The exact text and JSON of each kind of line.
#include "base/log_line.h"

#include <gtest/gtest.h>
#include <spdlog/formatter.h>

#include <boost/json.hpp>

#include "tests/log/fake_clock.h"

namespace hookferry {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

std::string text(const RequestLine& line, bool colour = false) {
  std::string out;
  append_request_line(out, FakeClock::start, line, {LogFormat::text, colour});
  return out;
}

std::string json(const RequestLine& line) {
  std::string out;
  append_request_line(out, FakeClock::start, line, {LogFormat::json, false});
  return out;
}

std::string message(LogLevel level, std::string_view text, LogStyle style, WallTime time = FakeClock::start) {
  std::string out;
  append_message_line(out, time, level, text, *make_message_formatter(style));
  return out;
}

RequestLine accepted() {
  RequestLine line;
  line.source = "glossi";
  line.event = "job.complete";
  line.outcome = "accepted";
  line.id = "86e3744c86e3744c86e3744c86e3744c";
  line.elapsed = 2'090us;
  line.topic = "glossi.job.complete";
  line.partition = 3;
  line.offset = 0;
  line.secret = 1;
  return line;
}

RequestLine rejected() {
  RequestLine line;
  line.source = "glossi";
  line.outcome = "rejected";
  line.reason = "signature_mismatch";
  line.elapsed = 40us;
  line.body_size = 231;
  line.address = "203.0.113.0/24";
  return line;
}

TEST(LogLine, Accepted) {
  EXPECT_EQ(text(accepted()),
            "12:00:01.234 glossi  job.complete     accepted   2.1 ms  86e3744c  → glossi.job.complete[3]@0\n");
  EXPECT_EQ(json(accepted()),
            R"({"time":"2025-01-15T12:00:01.234Z","level":"info","source":"glossi","event":"job.complete",)"
            R"("outcome":"accepted","id":"86e3744c86e3744c86e3744c86e3744c","elapsed_ms":2.090,)"
            R"("topic":"glossi.job.complete","partition":3,"offset":0,"secret":1})"
            "\n");
}

TEST(LogLine, Spooled) {
  RequestLine line = accepted();
  line.topic = "spool";
  line.partition = -1;
  line.offset = -1;
  EXPECT_EQ(text(line), "12:00:01.234 glossi  job.complete     accepted   2.1 ms  86e3744c  → spool\n");
  EXPECT_NE(json(line).find(R"("topic":"spool","secret":1})"), std::string::npos) << json(line);
}

TEST(LogLine, TheSecondSecret) {
  RequestLine line = accepted();
  line.secret = 2;
  EXPECT_EQ(
      text(line),
      "12:00:01.234 glossi  job.complete     accepted   2.1 ms  86e3744c  → glossi.job.complete[3]@0  secret 2\n");
  EXPECT_NE(json(line).find(R"("secret":2})"), std::string::npos);
}

TEST(LogLine, Duplicate) {
  RequestLine line = accepted();
  line.outcome = "duplicate";
  line.elapsed = 100us;
  line.topic = {};
  line.first_seen = 886ms;
  EXPECT_EQ(text(line), "12:00:01.234 glossi  job.complete     duplicate  0.1 ms  86e3744c  first seen 0.9 s ago\n");
  EXPECT_EQ(json(line), R"({"time":"2025-01-15T12:00:01.234Z","level":"info","source":"glossi","event":"job.complete",)"
                        R"("outcome":"duplicate","id":"86e3744c86e3744c86e3744c86e3744c","elapsed_ms":0.100,)"
                        R"("first_seen_s":0.886,"secret":1})"
                        "\n");
  line.first_seen.reset();  // it waited for the first
  EXPECT_EQ(text(line), "12:00:01.234 glossi  job.complete     duplicate  0.1 ms  86e3744c\n");
}

TEST(LogLine, Rejected) {
  EXPECT_EQ(text(rejected()),
            "12:00:01.234 glossi  -                rejected   signature_mismatch  231 bytes  203.0.113.0/24\n");
  EXPECT_EQ(json(rejected()),
            R"({"time":"2025-01-15T12:00:01.234Z","level":"warn","source":"glossi","outcome":"rejected",)"
            R"("reason":"signature_mismatch","elapsed_ms":0.040,"bytes":231,"address":"203.0.113.0/24"})"
            "\n");
  RequestLine line = rejected();
  line.address = {};
  EXPECT_EQ(text(line), "12:00:01.234 glossi  -                rejected   signature_mismatch  231 bytes\n");
}

TEST(LogLine, Quarantined) {
  RequestLine line = accepted();
  line.event = "job.paused";
  line.outcome = "quarantined";
  line.reason = "unknown_event";
  line.id = {};
  line.topic = "glossi-quarantine";
  line.offset = 17;
  EXPECT_EQ(text(line),
            "12:00:01.234 glossi  job.paused       quarantined 2.1 ms  unknown_event  → glossi-quarantine[3]@17\n");
  EXPECT_EQ(json(line), R"({"time":"2025-01-15T12:00:01.234Z","level":"warn","source":"glossi","event":"job.paused",)"
                        R"("outcome":"quarantined","reason":"unknown_event","elapsed_ms":2.090,)"
                        R"("topic":"glossi-quarantine","partition":3,"offset":17,"secret":1})"
                        "\n");
}

TEST(LogLine, Unavailable) {
  RequestLine line = accepted();
  line.outcome = "unavailable";
  line.reason = "no acknowledgement within http.ack_deadline";
  line.elapsed = 4s + 1ms;
  line.topic = {};
  EXPECT_EQ(text(line),
            "12:00:01.234 glossi  job.complete     unavailable 4.0 s   86e3744c  no acknowledgement within "
            "http.ack_deadline\n");
  EXPECT_NE(json(line).find(R"("level":"warn")"), std::string::npos);
}

TEST(LogLine, LongNamesTakeTheirRoom) {
  RequestLine line = accepted();
  line.source = "a-source-with-a-long-name";
  line.event = "validation.completed";
  EXPECT_EQ(text(line).substr(0, 71), "12:00:01.234 a-source-with-a-long-name validation.completed accepted   ");
}

TEST(LogLine, Durations) {
  const std::pair<Duration, std::string_view> cases[] = {
      {-1ms, " 0.0 ms  "},
      {49us, " 0.0 ms  "},
      {50us, " 0.1 ms  "},
      {12'340us, " 12.3 ms "},
      {99'949us, " 99.9 ms "},
      {99'950us, " 100 ms  "},
      {999'449us, " 999 ms  "},
      {999'500us, " 1.0 s   "},
      {9'960ms, " 10.0 s  "},
      {123s, " 123.0 s "},
      {Duration::min(), " 0.0 ms  "},
  };
  for (const auto& [elapsed, expected] : cases) {
    RequestLine line = accepted();
    line.elapsed = elapsed;
    EXPECT_NE(text(line).find(expected), std::string::npos) << text(line) << expected;
  }
}

TEST(LogLine, Ages) {
  const std::pair<Duration, std::string_view> cases[] = {
      {-1s, "0.0 s"}, {0s, "0.0 s"}, {119s, "119.0 s"}, {120s, "2.0 min"}, {30min, "30.0 min"}, {2h + 36min, "2.6 h"},
  };
  for (const auto& [age, expected] : cases) {
    RequestLine line = accepted();
    line.first_seen = age;
    EXPECT_NE(text(line).find(std::string("first seen ").append(expected).append(" ago")), std::string::npos)
        << text(line);
  }
}

TEST(LogLine, ColourOfTheOutcomeLeavesTheColumnsAlone) {
  EXPECT_EQ(text(accepted(), true),
            "12:00:01.234 glossi  job.complete     \x1b[32maccepted\x1b[0m   2.1 ms  86e3744c  → "
            "glossi.job.complete[3]@0\n");
  EXPECT_NE(text(rejected(), true).find("\x1b[31mrejected\x1b[0m   signature"), std::string::npos);
}

TEST(LogLine, HostileFieldsStayOnTheirLine) {
  const std::string_view hostile = "a\r\n\"b\\\0\x1b[2J\xff accepted"sv;
  RequestLine line = rejected();
  line.source = line.event = line.reason = line.id = line.topic = line.address = hostile;
  const std::string shown = text(line);
  const std::string column = "a\\x0d\\x0a\"b\\\\x00\\x1b[2J\\xff\\x20accepted";
  EXPECT_EQ(shown,
            "12:00:01.234 " + column + " " + column +
                " rejected   a\\x0d\\x0a\"b\\\\x00\\x1b  a\\x0d\\x0a\"b\\\\x00\\x1b[2J\\xff accepted  231 bytes  " +
                column + "  → a\\x0d\\x0a\"b\\\\x00\\x1b[2J\\xff accepted\n");
  const boost::json::value parsed = boost::json::parse(json(line));
  for (const char* name : {"source", "event", "reason", "id", "topic", "address"}) {
    EXPECT_EQ(parsed.at(name).as_string(), "a\r\n\"b\\\0\x1b[2J\uFFFD accepted"sv) << name;
  }
}

TEST(LogLine, LongFieldsAreCut) {
  RequestLine line = accepted();
  const std::string event(5000, 'x');
  line.event = event;
  EXPECT_NE(text(line).find(std::string(200, 'x') + "... accepted"), std::string::npos);
  EXPECT_NE(json(line).find("\"" + std::string(200, 'x') + "...\""), std::string::npos);
}

TEST(LogLine, Messages) {
  EXPECT_EQ(message(LogLevel::debug, "text", {}), "12:00:01.234 debug  text\n");
  EXPECT_EQ(message(LogLevel::info, "text", {}), "12:00:01.234 info   text\n");
  EXPECT_EQ(message(LogLevel::warn, "100 % {} %v Füße", {}), "12:00:01.234 warn   100 % {} %v Füße\n");
  EXPECT_EQ(message(LogLevel::error, "a\nb", {}), "12:00:01.234 error  a\\x0ab\n");
  EXPECT_EQ(message(LogLevel::error, "text", {LogFormat::text, true}), "12:00:01.234 \x1b[31merror \x1b[0m text\n");
  EXPECT_EQ(message(LogLevel::info, "text", {LogFormat::text, true}), "12:00:01.234 info   text\n");
  EXPECT_EQ(
      message(LogLevel::warn, "say \"a\"\r\n\xff", {LogFormat::json, false}),
      "{\"time\":\"2025-01-15T12:00:01.234Z\",\"level\":\"warn\",\"message\":\"say \\\"a\\\"\\u000d\\u000a\uFFFD\"}\n");
}

TEST(LogLine, LongMessagesAreCut) {
  EXPECT_EQ(message(LogLevel::info, std::string(9000, 'x'), {}),
            "12:00:01.234 info   " + std::string(8192, 'x') + "...\n");
}

TEST(LogLine, OneFormatterFollowsTheTime) {
  const auto formatter = make_message_formatter({LogFormat::json, false});
  std::string out;
  for (const Duration later : {0ms, 900ms, 43'200'000ms}) {
    append_message_line(out, FakeClock::start + later, LogLevel::info, "m", *formatter);
  }
  EXPECT_EQ(out,
            "{\"time\":\"2025-01-15T12:00:01.234Z\",\"level\":\"info\",\"message\":\"m\"}\n"
            "{\"time\":\"2025-01-15T12:00:02.134Z\",\"level\":\"info\",\"message\":\"m\"}\n"
            "{\"time\":\"2025-01-16T00:00:01.234Z\",\"level\":\"info\",\"message\":\"m\"}\n");
}

}  // namespace
}  // namespace hookferry
