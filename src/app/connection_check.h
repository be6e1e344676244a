// Whether a configuration will do here: `check --connect`. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "app/wanted_topics.h"
#include "base/result.h"
#include "config/config.h"
#include "hookferry/clock.h"
#include "kafka/inspection.h"

namespace hookferry::app {

struct Finding {
  enum class Level { ok, note, warning, failure } level = Level::ok;
  std::string subject;  // "kafka", "topic", "certificate", "spool"
  std::string text;
};

/// All that is looked at, in the order in which it matters.
[[nodiscard]] std::vector<Finding> check_connection(const config::Config& config, WallTime now);

/// What is to be said of one topic.
[[nodiscard]] std::vector<Finding> judge_topic(const config::Config& config, const WantedTopic& wanted,
                                               const kafka::InspectedTopic& found);
/// Of certificates in PEM under `name`; a failure where they have ended, a warning in their last two weeks.
[[nodiscard]] Finding judge_certificates(const std::string& name, std::string_view pem, WallTime now);
/// Whether the folder, or the one that it would be made in, may be written to.
[[nodiscard]] std::vector<Finding> judge_spool(const config::Spool& spool);

}  // namespace hookferry::app
