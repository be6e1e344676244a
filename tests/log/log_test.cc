#include "base/log.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <thread>

#include "base/text.h"
#include "tests/log/fake_clock.h"
#include "tests/log/outputs.h"

namespace hookferry {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

class LogTest : public testing::Test {
 protected:
  [[nodiscard]] LogOptions options() const {
    LogOptions options;
    options.descriptor = file.descriptor();
    options.clock = &clock;
    return options;
  }
  [[nodiscard]] std::vector<std::string> lines(Log& log) const {
    EXPECT_TRUE(log.flush(10s));
    return lines_of(file.text());
  }
  static RequestLine request(std::string_view outcome) {
    RequestLine line;
    line.source = "glossi";
    line.outcome = outcome;
    line.reason = outcome == "rejected" ? "signature_missing" : "";
    return line;
  }

  FakeClock clock;
  MemoryFile file;
};

TEST_F(LogTest, WritesMessagesAndRequestsInOrder) {
  Log log(options());
  log.plain("hookferry 1.0.0  no config file");
  log.plain("  admin    http://localhost:8081");
  log.info("started");
  log.request(request("accepted"));
  log.error("a\nb");
  EXPECT_THAT(
      lines(log),
      ElementsAre("hookferry 1.0.0  no config file", "  admin    http://localhost:8081", "12:00:01.234 info   started",
                  "12:00:01.234 glossi  -                accepted   0.0 ms", "12:00:01.234 error  a\\x0ab"));
  EXPECT_EQ(log.dropped(), 0u);
}

TEST_F(LogTest, JsonHasAnObjectPerLine) {
  LogOptions json = options();
  json.format = LogFormat::json;
  json.colour = true;
  Log log(json);
  log.plain("  admin    http://localhost:8081");
  log.plain("   ");
  log.warn("text");
  log.request(request("accepted"));
  const auto all = lines(log);
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0], R"({"time":"2025-01-15T12:00:01.234Z","level":"info","message":"admin    http://localhost:8081"})");
  EXPECT_EQ(all[1], R"({"time":"2025-01-15T12:00:01.234Z","level":"info","message":""})");
  EXPECT_EQ(all[2], R"({"time":"2025-01-15T12:00:01.234Z","level":"warn","message":"text"})");
  EXPECT_EQ(boost::json::parse(all[3]).at("source").as_string(), "glossi");
}

TEST_F(LogTest, PlainLinesHaveNoControlCharacters) {
  Log log(options());
  log.plain("a\r\n\x1b[2Jb");
  EXPECT_THAT(lines(log), ElementsAre("a\\x0d\\x0a\\x1b[2Jb"));
}

TEST_F(LogTest, LevelHoldsForMessagesAndRequests) {
  LogOptions warn = options();
  warn.level = LogLevel::warn;
  Log log(warn);
  log.debug("no");
  log.info("no");
  log.plain("no");
  log.request(request("accepted"));
  log.request(request("unavailable"));
  log.set_level(LogLevel::debug);
  log.debug("yes");
  log.request(request("accepted"));
  log.set_level(LogLevel::error);
  log.request(request("rejected"));
  log.warn("no");
  EXPECT_THAT(lines(log),
              ElementsAre("12:00:01.234 glossi  -                unavailable 0.0 ms", "12:00:01.234 debug  yes",
                          "12:00:01.234 glossi  -                accepted   0.0 ms"));
}

TEST_F(LogTest, ProblemsOnlyLeavesOutWhatWentWell) {
  LogOptions problems = options();
  problems.all_requests = false;
  Log log(problems);
  for (const char* outcome : {"accepted", "duplicate", "quarantined", "rejected", "unavailable"}) {
    log.request(request(outcome));
  }
  EXPECT_THAT(lines(log), ElementsAre("12:00:01.234 glossi  -                quarantined 0.0 ms",
                                      "12:00:01.234 glossi  -                rejected   signature_missing  0 bytes",
                                      "12:00:01.234 glossi  -                unavailable 0.0 ms"));
  log.set_all_requests(true);
  log.request(request("accepted"));
  log.set_all_requests(false);
  log.request(request("duplicate"));
  EXPECT_THAT(lines(log), testing::Contains("12:00:01.234 glossi  -                accepted   0.0 ms"));
  EXPECT_THAT(lines(log), SizeIs(4));
}

TEST_F(LogTest, RejectionsAreLimitedAndTheRestIsToldBeforeTheNextLine) {
  Log log(options());
  for (int i = 0; i < 1000; ++i) log.request(request("rejected"));
  EXPECT_THAT(lines(log), SizeIs(50));
  log.request(request("accepted"));
  for (int i = 0; i < 30; ++i) log.request(request("rejected"));
  log.info("within the second: no second summary");
  clock.advance(1s);
  log.info("after it");
  const auto all = lines(log);
  ASSERT_THAT(all, SizeIs(55));
  EXPECT_EQ(all[50],
            "12:00:01.234 warn   rejections not shown here: 950: of more than 10 a second; hookferry_rejected_total "
            "counts all");
  EXPECT_EQ(all[51], "12:00:01.234 glossi  -                accepted   0.0 ms");
  EXPECT_EQ(all[52], "12:00:01.234 info   within the second: no second summary");
  EXPECT_THAT(all[53], testing::StartsWith("12:00:02.234 warn   rejections not shown here: 30: "));
  EXPECT_EQ(log.dropped(), 0u);
}

TEST_F(LogTest, TheEndTellsOfTheLastHiddenRejections) {
  {
    Log log(options());
    for (int i = 0; i < 57; ++i) log.request(request("rejected"));
  }
  const auto all = lines_of(file.text());
  ASSERT_THAT(all, SizeIs(51));
  EXPECT_THAT(all[50], testing::HasSubstr("rejections not shown here: 7: "));
}

TEST_F(LogTest, ThreadsKeepTheirOrderAndTheirLines) {
  constexpr int threads = 4;
  constexpr int count = 3000;
  Log log(options());
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&log, t] {
      const std::string source = cat("t", t);
      for (int i = 0; i < count; ++i) {
        RequestLine line = request("accepted");
        const std::string event = cat(i);
        line.source = source;
        line.event = event;
        if (i % 10 == 0) {
          log.info(cat(source, ' ', event));
        } else {
          log.request(line);
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::array<int, threads> next{};
  for (const std::string& line : lines(log)) {
    const bool message = line.compare(13, 5, "info ") == 0;
    const std::size_t source = message ? 20 : 13;
    ASSERT_EQ(line[source], 't') << line;
    const auto t = static_cast<std::size_t>(line[source + 1] - '0');
    ASSERT_LT(t, next.size()) << line;
    const std::string event = cat(next[t]);
    const std::string expected =
        message ? cat("12:00:01.234 info   t", t, ' ', event)
                : cat("12:00:01.234 t", t, "      ", event, std::string(17 - event.size(), ' '), "accepted   0.0 ms");
    ASSERT_EQ(line, expected);
    ++next[t];
  }
  EXPECT_THAT(next, testing::Each(count));
}

TEST_F(LogTest, WritesWithoutBeingAsked) {
  Pipe pipe;
  LogOptions piped = options();
  piped.descriptor = pipe.writer();
  Log log(piped);
  log.info("first");
  EXPECT_EQ(pipe.read_until("\n"), "12:00:01.234 info   first\n");
  log.info("second");
  EXPECT_EQ(pipe.read_until("\n"), "12:00:01.234 info   second\n");
}

TEST_F(LogTest, UsesTheMachinesClockByDefault) {
  LogOptions real = options();
  real.clock = nullptr;
  real.format = LogFormat::json;
  Log log(real);
  const auto before = std::chrono::system_clock::now();
  log.info("now");
  const auto all = lines(log);
  const auto time = boost::json::parse(all.at(0)).at("time").as_string();
  std::tm parsed{};
  ASSERT_NE(::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parsed), nullptr) << time;
  EXPECT_LE(std::abs(::timegm(&parsed) - std::chrono::system_clock::to_time_t(before)), 60);
}

}  // namespace
}  // namespace hookferry
