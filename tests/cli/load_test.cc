#include "cli/load.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace hookferry::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

http::ClientAnswer answer(int status, std::string body) {
  return {status, std::move(body), {}};
}

const auto go_on = [](std::size_t, Duration) { return true; };

TEST(Load, SendsAllOfThemOverItsConnections) {
  std::atomic<int> connections{0};
  std::atomic<int> sent{0};
  const auto factory = [&]() -> Send {
    ++connections;
    return [&] {
      const int number = sent++;
      return answer(number % 10 == 3 ? 503 : 200,
                    number % 10 == 3 ? "{\"error\":\"unavailable\"}" : "{\"status\":\"accepted\",\"id\":\"1\"}");
    };
  };
  const LoadResult result = run_load({.count = 100, .concurrency = 8, .rate = 0}, factory, go_on);
  EXPECT_EQ(connections, 8);
  EXPECT_EQ(sent, 100);
  EXPECT_THAT(result.answers, ElementsAre(Pair("200 accepted", 90), Pair("503 unavailable", 10)));
  EXPECT_EQ(result.not_ok, 10u);
  EXPECT_EQ(result.answered(), 100u);
  EXPECT_EQ(result.failed(), 0u);
}

TEST(Load, MakesNoMoreConnectionsThanEvents) {
  std::atomic<int> connections{0};
  const auto factory = [&]() -> Send {
    ++connections;
    return [] { return answer(200, ""); };
  };
  EXPECT_THAT(run_load({.count = 2, .concurrency = 50, .rate = 0}, factory, go_on).answers,
              ElementsAre(Pair("200", 2)));
  EXPECT_EQ(connections, 2);
}

TEST(Load, EndsAtOnceWhereNobodyAnswersTheFirst) {
  std::atomic<int> sent{0};
  const auto factory = [&]() -> Send {
    return [&]() -> Result<http::ClientAnswer> {
      ++sent;
      return error("cannot reach it");
    };
  };
  const LoadResult result = run_load({.count = 100, .concurrency = 8, .rate = 0}, factory, go_on);
  EXPECT_EQ(sent, 1);
  EXPECT_THAT(result.failures, ElementsAre(Pair("cannot reach it", 1)));
  EXPECT_EQ(result.answered(), 0u);
}

TEST(Load, GoesOnAfterALaterFailure) {
  std::atomic<int> sent{0};
  const auto factory = [&]() -> Send {
    return [&]() -> Result<http::ClientAnswer> {
      if (sent++ % 2 == 1) return error("gone");
      return answer(200, "");
    };
  };
  const LoadResult result = run_load({.count = 10, .concurrency = 1, .rate = 0}, factory, go_on);
  EXPECT_THAT(result.failures, ElementsAre(Pair("gone", 5)));
  EXPECT_EQ(result.answered(), 5u);
}

TEST(Load, CountsALatencyFromWhenTheEventWasDue) {
  // One connection whose first answer after the pace has begun takes long: what was due meanwhile was late by that.
  std::atomic<int> sent{0};
  const auto factory = [&]() -> Send {
    return [&] {
      if (sent++ == 1) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return answer(200, "");
    };
  };
  const LoadResult result = run_load({.count = 50, .concurrency = 1, .rate = 1000}, factory, go_on);
  EXPECT_GE(result.latencies.percentile(50), std::chrono::milliseconds(50));
}

TEST(Load, KeepsThePace) {
  const auto factory = []() -> Send { return [] { return answer(200, ""); }; };
  const LoadResult result = run_load({.count = 21, .concurrency = 4, .rate = 200}, factory, go_on);
  EXPECT_EQ(result.answered(), 21u);
  EXPECT_GE(result.elapsed, std::chrono::milliseconds(95)) << "20 intervals of 5 ms, less the first";
}

TEST(Load, StopsWhenItIsTold) {
  std::atomic<int> sent{0};
  const auto factory = [&]() -> Send {
    return [&] {
      ++sent;
      return answer(200, "");
    };
  };
  const LoadResult result =
      run_load({.count = 1000000, .concurrency = 2, .rate = 10}, factory, [](std::size_t, Duration) { return false; });
  EXPECT_LT(sent, 1000);
  EXPECT_EQ(result.answered(), static_cast<std::size_t>(sent));
}

TEST(AnswerClass, IsTheStatusAndTheWordOfTheBody) {
  EXPECT_EQ(answer_class(answer(200, "{\"status\":\"duplicate\",\"id\":\"x\"}")), "200 duplicate");
  EXPECT_EQ(answer_class(answer(401, "{\"error\":\"unauthorized\"}")), "401 unauthorized");
  EXPECT_EQ(answer_class(answer(502, "<html>Bad Gateway</html>")), "502");
  EXPECT_EQ(answer_class(answer(200, "{\"status\":7}")), "200");
  EXPECT_EQ(answer_class(answer(200, "{\"status\":\"\\u001b[31m\"}")), "200 \\x1b[31m");
}

}  // namespace
}  // namespace hookferry::cli
