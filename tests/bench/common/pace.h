// An open loop's clock.
#pragma once

#include <random>

#include "tests/bench/common/measurement.h"

namespace hookferry::bench {

/// When events are due: a Poisson process, as the webhooks of many independent users are, whatever became of those
/// before. A latency that counts from then has the time in it for which an event could not even be sent.
class Pace {
 public:
  /// `rate` events a second from `begin` on.
  Pace(double rate, Clock::time_point begin) : gap_(rate), next_(begin) { advance(); }

  [[nodiscard]] Clock::time_point next() const { return next_; }
  void advance() { next_ += seconds(gap_(random_)); }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::exponential_distribution<double> gap_;
  Clock::time_point next_;
};

}  // namespace hookferry::bench
