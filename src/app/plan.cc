#include "app/plan.h"

#include <utility>

#include "app/version.h"
#include "base/text.h"

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

Error no_ids_left(std::string_view of) {
  return error(cat("'", of, "': since the start there were ", pipeline::Catalog::max_ids,
                   " names of sources, events or topics, and there are no ids for more: restart"));
}

/// The route of a source whose events go to topics as the configuration names them.
Result<pipeline::SourceRoute> route_of(const std::shared_ptr<const senders::Source>& source,
                                       const std::vector<Network>& allow, const config::Kafka& kafka,
                                       pipeline::Catalog& catalog) {
  const std::string& name = source->name();
  const auto id = catalog.source(name);
  if (!id) return no_ids_left(name);
  pipeline::SourceRoute route{*id, source, {}, 0, allow};
  for (const std::string& event : source->events()) {
    const auto event_id = catalog.event(*id, event);
    const auto topic = catalog.topic(fill_in(fill_in(kafka.topic, "{source}", name), "{event}", event));
    if (!event_id || !topic) return no_ids_left(name);
    route.events.push_back({*event_id, *topic, true});
  }
  const auto quarantine = catalog.topic(fill_in(kafka.quarantine_topic, "{source}", name));
  if (!quarantine) return no_ids_left(name);
  route.quarantine = *quarantine;
  return route;
}

}  // namespace

Result<Plan> make_plan(const config::Config& config, pipeline::Catalog& catalog, const std::vector<std::string>& kept) {
  Plan plan;
  for (const config::Source& configured : config.sources) {
    auto source = senders::Source::make(spec_of(configured));
    if (!source) return source.error();
    plan.sources.push_back(std::move(*source));
  }
  for (std::size_t i = 0; i < plan.sources.size(); ++i) {
    auto route = route_of(plan.sources[i], config.sources[i].allow, config.kafka, catalog);
    if (!route) return route.error();
    plan.routes.push_back(std::move(*route));
  }
  std::vector<TopicId> also_used;
  for (const std::string& name : kept) {
    const auto topic = catalog.topic(name);
    if (!topic) return no_ids_left(name);
    also_used.push_back(*topic);
  }
  for (std::size_t i = 0; i < catalog.topics(); ++i) {
    plan.topics.push_back(catalog.topic_name(static_cast<TopicId>(i)));
  }
  plan.used.resize(plan.topics.size());
  for (const TopicId topic : also_used) plan.used[topic] = true;
  for (const pipeline::SourceRoute& route : plan.routes) {
    plan.used[route.quarantine] = true;
    for (const pipeline::EventRoute& event : route.events) plan.used[event.topic] = true;
  }
  return plan;
}

kafka::TopicSet topic_set(const Plan& plan) {
  return {plan.topics, plan.used};
}

kafka::TopicSet event_topics(const Plan& plan) {
  kafka::TopicSet set{plan.topics, std::vector<bool>(plan.topics.size())};
  for (const pipeline::SourceRoute& route : plan.routes) {
    for (const pipeline::EventRoute& event : route.events) set.used[event.topic] = true;
  }
  return set;
}

metrics::Labels labels(const Plan& plan, const pipeline::Catalog& catalog) {
  metrics::Labels out;
  for (std::size_t i = 0; i < catalog.sources(); ++i) {
    const auto id = static_cast<SourceId>(i);
    metrics::Labels::Source& source = out.sources.emplace_back();
    source.name = catalog.source_name(id);
    source.secrets = 0;
    for (std::size_t event = 0; event < catalog.events(id); ++event) {
      source.events.push_back(catalog.event_name(id, static_cast<EventId>(event)));
    }
  }
  for (const pipeline::SourceRoute& route : plan.routes) {
    out.sources[route.id].secrets = route.source->secrets().size();
  }
  out.topics = plan.topics;
  out.version = version();
  out.revision = revision();
  return out;
}

}  // namespace hookferry::app
