// Which sources there are, and which topics they publish to: the ids that all rooms use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "kafka/producer.h"
#include "metrics/metrics.h"
#include "pipeline/catalog.h"
#include "pipeline/intake.h"
#include "senders/source.h"

namespace hookferry::app {

/// What a configuration asks for. Immutable once made.
struct Plan {
  std::vector<std::shared_ptr<const senders::Source>> sources;  // in the configuration's order
  std::vector<pipeline::SourceRoute> routes;                    // likewise
  std::vector<std::string> topics;                              // by TopicId: all that there have been
  std::vector<bool> used;                                       // by TopicId: whether this configuration has it
};

/// Adds what is new to the catalog. `kept` are topics that are in use whatever the configuration says. Fails where a
/// source cannot be what the configuration says.
[[nodiscard]] Result<Plan> make_plan(const config::Config& config, pipeline::Catalog& catalog,
                                     const std::vector<std::string>& kept = {});

/// The plan's topics, for the kafka room.
[[nodiscard]] kafka::TopicSet topic_set(const Plan& plan);
/// Those of events alone, which records are read back from.
[[nodiscard]] kafka::TopicSet event_topics(const Plan& plan);
/// The label values that there are with this plan: all of the catalog.
[[nodiscard]] metrics::Labels labels(const Plan& plan, const pipeline::Catalog& catalog);

}  // namespace hookferry::app
