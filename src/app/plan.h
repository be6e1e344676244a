// Which sources there are, and which topics they publish to: the ids that all rooms use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "pipeline/intake.h"
#include "senders/source.h"

namespace hookferry::app {

struct Plan {
  std::vector<std::shared_ptr<const senders::Source>> sources;  // by SourceId
  std::vector<pipeline::SourceRoute> routes;                    // by SourceId
  std::vector<std::string> topics;                              // by TopicId
};

[[nodiscard]] Result<Plan> make_plan(const config::Config& config);

}  // namespace hookferry::app
