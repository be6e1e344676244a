#include "cli/published.h"

#include "base/check.h"
#include "cli/instance.h"
#include "cli/run.h"
#include "senders/json_tree.h"

namespace hookferry::cli {
namespace {

Published published(config::Config config, app::Plan plan) {
  Published out{std::move(config), std::move(plan), {}, {}};
  for (std::size_t i = 0; i < out.plan.sources.size(); ++i) {
    const auto& source = out.plan.sources[i];
    for (std::size_t event = 0; event < source->events().size(); ++event) {
      out.events.push_back({source, static_cast<EventId>(event)});
      out.topics.push_back(out.plan.topics[out.plan.routes[i].events[event].topic]);
    }
  }
  return out;
}

}  // namespace

std::optional<Published> load_published(const CommonOptions& options, int& exit_code) {
  auto config = load_without_secrets(options, exit_code);
  if (!config) return std::nullopt;
  pipeline::Catalog catalog;
  auto plan = app::make_plan(*config, catalog);
  if (plan) return published(std::move(*config), std::move(*plan));
  complain(plan.error().message);
  exit_code = bad_input;
  return std::nullopt;
}

std::string indented(const std::string& json) {
  const auto tree = senders::parse_json(json);
  HOOKFERRY_CHECK(tree.has_value());
  senders::JsonStyle style;
  style.blanks = true;
  style.indent = 2;
  return senders::render_json(*tree, style).append("\n");
}

}  // namespace hookferry::cli
