// What a configuration publishes: for the commands that describe it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/plan.h"
#include "cli/command.h"
#include "senders/event_schema.h"

namespace hookferry::cli {

struct Published {
  config::Config config;
  app::Plan plan;
  std::vector<senders::SourceEvent> events;  // in the configuration's order, of each source the preset's before its own
  std::vector<std::string> topics;           // by event
};

/// By the file that the options name; without one with every preset. Needs no secret to be there. Prints what is wrong
/// and sets `exit_code` where there is nothing.
[[nodiscard]] std::optional<Published> load_published(const CommonOptions& options, int& exit_code);

/// JSON for people to read: indented, ends with a line break.
[[nodiscard]] std::string indented(const std::string& json);

}  // namespace hookferry::cli
