// docs/configuration.md comes from the table, and says what is so.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/property.h"
#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

std::string between(const std::string& text, std::string_view start, std::string_view end) {
  const std::size_t from = text.find(start);
  if (from == std::string::npos) return {};
  return text.substr(from + start.size(), text.find(end, from + start.size()) - from - start.size());
}

TEST(Reference, NamesEveryKeyWithItsDescription) {
  const std::string text = reference();
  for (const Property<Config>& property : properties()) {
    const bool top = property.name().find('.') == std::string::npos;
    EXPECT_NE(text.find(top ? cat("\n## ", property.name(), "\n") : cat("\n### `", property.name(), "`\n")),
              std::string::npos)
        << property.name();
    EXPECT_NE(text.find(property.description()), std::string::npos) << property.name();
  }
  for (const Property<Source>& property : source_properties()) {
    EXPECT_NE(text.find(cat("\n### `sources[].", property.name(), "`\n")), std::string::npos) << property.name();
    EXPECT_NE(text.find(property.description()), std::string::npos) << property.name();
  }
}

TEST(Reference, EveryRowSaysEnough) {
  for (const Property<Config>& property : properties()) {
    EXPECT_GE(property.description().size(), 20u) << property.name();
    EXPECT_EQ(property.type().empty(), property.is_section()) << property.name();
  }
}

/// Every value of a configuration that a file can set, written as it would be in one.
std::string values(const Config& config) {
  std::string out;
  const auto duration = [](Duration d) { return format_duration(d); };
  out += cat(config.http.listen, " ", config.http.threads, " ", config.http.max_body, " ", config.http.max_connections,
             " ", config.http.max_buffered, " ", config.http.max_head, " ", duration(config.http.request_timeout), " ",
             duration(config.http.idle_timeout), " ", duration(config.http.ack_deadline), " ",
             config.http.max_connections_per_address, " ", config.http.trusted_proxies.size(), "\n");
  out += cat(config.admin.listen, " ", config.delivery.max_inflight_events, " ", config.delivery.max_inflight_bytes,
             " ", config.delivery.max_waiters, "\n");
  for (const std::string& server : config.kafka.bootstrap_servers) out += server + " ";
  out += cat(duration(config.kafka.linger), " ", config.kafka.topic, " ", config.kafka.quarantine_topic, " ",
             int{config.kafka.create_topics}, " ", config.kafka.partitions, " ", config.kafka.replication_factor, " ",
             config.kafka.topic_config.size(), " ", static_cast<int>(config.kafka.min_durability), " ",
             config.kafka.properties.size(), "\n");
  out += cat(duration(config.dedupe.ttl), " ", config.dedupe.max_entries, " ", int{config.dedupe.publish_conflicts},
             " ", duration(config.dedupe.warmup), " ", duration(config.dedupe.warmup_timeout), "\n");
  out += cat(config.spool.path, " ", config.spool.max_size, " ", duration(config.spool.after), "\n");
  out += cat(static_cast<int>(config.log.level), " ", int{config.log.all_requests}, " ",
             config.log.format ? static_cast<int>(*config.log.format) : -1, " ", int{config.log.full_addresses}, "\n");
  out += cat(duration(config.shutdown.drain), " ", duration(config.shutdown.flush), "\n");
  return out;
}

TEST(Reference, TheDefaultsThatItGivesAreReal) {
  const std::string defaults = between(reference(), "## All defaults\n```yaml\n", "```");
  const Loaded loaded = load_text(with_source(defaults));
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(values(*loaded.config), values(Config{}));
}

TEST(Reference, EveryKeyHasADefaultButThoseThatStandForAbsence) {
  for (const Property<Config>& property : properties()) {
    const bool none = property.is_section() || property.name() == "sources" || property.name() == "log.format" ||
                      property.name() == "spool.path" || property.name().starts_with("http.tls.") ||
                      property.name().starts_with("kafka.oauth.");
    EXPECT_EQ(property.default_text().empty(), none) << property.name();
  }
}

TEST(Reference, TheSmallestFileLoads) {
  const Loaded loaded = load_text(between(reference(), "The smallest file:\n```yaml\n", "```"));
  EXPECT_EQ(all(loaded), "");
}

TEST(Reference, IsWhatTheDocumentationHas) {
  if (std::getenv("HOOKFERRY_WRITE_DOCS") != nullptr) std::ofstream(HOOKFERRY_REFERENCE) << reference();
  std::ostringstream text;
  text << std::ifstream(HOOKFERRY_REFERENCE).rdbuf();
  EXPECT_TRUE(text.str() == reference()) << "docs/configuration.md is not what the table says: write it again by "
                                            "running this test with HOOKFERRY_WRITE_DOCS=1";
}

}  // namespace
}  // namespace hookferry::config
