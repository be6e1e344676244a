#include "app/plan.h"

#include <utility>

namespace hookferry::app {
namespace {

std::string fill_in(std::string text, std::string_view placeholder, std::string_view value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos;
       at = text.find(placeholder, at + value.size())) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

senders::SourceSpec spec_of(const config::Source& source) {
  senders::SourceSpec spec;
  spec.name = source.name;
  spec.preset = source.preset;
  spec.path = source.path;
  for (const config::Secret& secret : source.secrets) spec.secrets.push_back(secret.value);
  spec.events = source.events;
  spec.source_uri = source.source_uri;
  spec.type = source.type;
  return spec;
}

}  // namespace

Result<Plan> make_plan(const config::Config& config) {
  Plan plan;
  const auto add_topic = [&](std::string name) {
    plan.topics.push_back(std::move(name));
    return static_cast<TopicId>(plan.topics.size() - 1);
  };
  for (const config::Source& configured : config.sources) {
    auto source = senders::Source::make(spec_of(configured));
    if (!source) return source.error();
    pipeline::SourceRoute route;
    route.source = *source;
    for (const std::string& event : (*source)->events()) {
      route.events.push_back(
          add_topic(fill_in(fill_in(config.kafka.topic, "{source}", configured.name), "{event}", event)));
    }
    route.quarantine = add_topic(fill_in(config.kafka.quarantine_topic, "{source}", configured.name));
    plan.sources.push_back(*source);
    plan.routes.push_back(std::move(route));
  }
  return plan;
}

}  // namespace hookferry::app
