#include "pipeline/catalog.h"

namespace hookferry::pipeline {
namespace {

template <class T, class Ids>
std::optional<std::uint16_t> find_or_add(AppendOnly<T>& names, Ids& ids, std::string_view name) {
  if (const auto known = ids.find(name); known != ids.end()) return known->second;
  if (names.size() >= Catalog::max_ids) return std::nullopt;
  const auto id = static_cast<std::uint16_t>(names.size());
  names.emplace_back(name);
  ids.emplace(name, id);
  return id;
}

}  // namespace

std::optional<SourceId> Catalog::source(std::string_view name) {
  return find_or_add(sources_, source_ids_, name);
}

std::optional<EventId> Catalog::event(SourceId source, std::string_view name) {
  return find_or_add(sources_[source].events, sources_[source].event_ids, name);
}

std::optional<TopicId> Catalog::topic(std::string_view name) {
  return find_or_add(topics_, topic_ids_, name);
}

}  // namespace hookferry::pipeline
