// The metrics that are not counted as things happen but asked for when Prometheus asks.
#pragma once

#include <optional>
#include <vector>

#include "metrics/metrics.h"
#include "metrics/process.h"

namespace prometheus {
struct MetricFamily;
}

namespace hookferry::metrics {

/// Sizes and states, and totals that other rooms count.
[[nodiscard]] std::vector<prometheus::MetricFamily> gauge_families(const Gauges& gauges, const Labels& labels);
/// process_*, under the names that all Prometheus clients use.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_families(const ProcessUsage& usage);
/// hookferry_last_event_timestamp_seconds: `times` by source and event, in seconds since the epoch, 0 for never.
[[nodiscard]] prometheus::MetricFamily last_event_family(const Labels& labels,
                                                         const std::vector<std::vector<double>>& times);

}  // namespace hookferry::metrics
