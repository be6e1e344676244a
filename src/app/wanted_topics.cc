#include "app/wanted_topics.h"

#include "app/changes.h"
#include "base/text.h"
#include "config/topic_names.h"

namespace hookferry::app {
namespace {

/// WRITE also covers idempotence (KIP-679); DESCRIBE_CONFIGS is for max.message.bytes and min.insync.replicas.
std::vector<std::string_view> rights_for(bool read, bool create) {
  std::vector<std::string_view> rights{"Write", "Describe", "DescribeConfigs"};
  if (read) rights.emplace_back("Read");
  if (create) rights.emplace_back("Create");
  return rights;
}

}  // namespace

std::vector<WantedTopic> wanted_topics(const config::Config& config) {
  const bool tail = config.dedupe.warmup > Duration::zero();
  std::vector<WantedTopic> topics;
  for (config::TopicUse& use : config::topic_uses(config)) {
    const bool read = tail && !use.event.empty();
    topics.push_back({std::move(use.topic),
                      cat(use.event.empty() ? "quarantine" : use.event, " of ", config.sources[use.source].name),
                      use.event.empty(), read, rights_for(read, config.kafka.create_topics)});
  }
  return topics;
}

std::string principal(const config::Kafka& kafka) {
  for (const auto& [name, value] : client_properties(kafka)) {
    if (name == "sasl.username" && !value.empty()) return cat("User:", value);
  }
  return {};
}

}  // namespace hookferry::app
