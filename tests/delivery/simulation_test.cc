#include "tests/delivery/simulation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace hookferry::delivery {
namespace {

constexpr std::array<const char*, steps> names{"submit_first",
                                               "submit_second",
                                               "submit_again",
                                               "acknowledge",
                                               "refuse_record",
                                               "refuse_topic",
                                               "refuse_transient",
                                               "refuse_without_proof",
                                               "deliver_without_proof",
                                               "fatal",
                                               "queue_full",
                                               "commit",
                                               "commit_one",
                                               "write_one",
                                               "fail_disk",
                                               "fail_unknown",
                                               "short_while",
                                               "while_longer",
                                               "long_while",
                                               "drain",
                                               "drain_slowly",
                                               "retry_parked",
                                               "crash"};

std::string text(const std::vector<Step>& schedule) {
  std::string out;
  for (const Step step : schedule) out.append(" ").append(names[static_cast<std::size_t>(step)]);
  return out;
}

/// Mostly the ordinary course of things, and now and then what goes wrong.
std::vector<Step> random_schedule(std::mt19937& random) {
  const std::array<unsigned, steps> weights{12, 8, 4, 12, 1, 1, 2, 1, 1, 1, 2, 8, 4, 3, 2, 1, 6, 4, 1, 8, 4, 2, 1};
  std::discrete_distribution<std::size_t> any(weights.begin(), weights.end());
  std::vector<Step> schedule(20 + random() % 100);
  for (Step& step : schedule) step = static_cast<Step>(any(random));
  return schedule;
}

void play(const std::vector<Step>& schedule, std::size_t max_rows) {
  Simulation simulation(max_rows);
  for (const Step step : schedule) simulation.run(step);
  simulation.finish();
}

/// HOOKFERRY_SEED=N plays that one again; HOOKFERRY_SCHEDULES=N plays as many.
TEST(Simulation, HoldsEveryPromiseOverRandomSchedules) {
  const char* const seed = std::getenv("HOOKFERRY_SEED");
  const char* const count = std::getenv("HOOKFERRY_SCHEDULES");
  const unsigned first = seed == nullptr ? 1 : static_cast<unsigned>(std::stoul(seed));
  const unsigned last = seed != nullptr ? first : count != nullptr ? static_cast<unsigned>(std::stoul(count)) : 4000;
  for (unsigned number = first; number <= last; ++number) {
    std::mt19937 random(number);
    const std::size_t max_rows = random() % 4 == 0 ? 3 : 1000;
    const std::vector<Step> schedule = random_schedule(random);
    SCOPED_TRACE(cat("HOOKFERRY_SEED=", number, text(schedule)));
    play(schedule, max_rows);
    if (testing::Test::HasFailure()) return;
  }
}

/// All schedules of a few steps behind each of some openings that lead into every mode.
TEST(Simulation, HoldsEveryPromiseOverAllShortSchedules) {
  using enum Step;
  const std::vector<std::vector<Step>> openings{
      {submit_first, submit_first},
      {submit_first, while_longer, submit_first},
      {submit_first, while_longer, commit, submit_first, commit},
      {submit_first, submit_first, while_longer, commit, submit_first, commit, crash},
      {submit_first, submit_first, while_longer, commit, submit_first, commit},
      {submit_first, while_longer, commit, refuse_record, refuse_record, commit, submit_first},
  };
  constexpr std::size_t depth = 3;
  for (const std::vector<Step>& opening : openings) {
    for (std::size_t number = 0; number < steps * steps * steps; ++number) {
      std::vector<Step> schedule = opening;
      std::size_t rest = number;
      for (std::size_t i = 0; i < depth; ++i, rest /= steps) schedule.push_back(static_cast<Step>(rest % steps));
      SCOPED_TRACE(text(schedule));
      play(schedule, 1000);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace hookferry::delivery
