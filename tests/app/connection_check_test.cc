// What `check --connect` says of what it found.
#include "app/connection_check.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/text.h"

namespace hookferry::app {
namespace {

using kafka::Right;
using testing::HasSubstr;
using Kind = kafka::TopicState::Kind;
using Level = Finding::Level;

/// Ends on 2036-11-27.
constexpr std::string_view certificate = R"(-----BEGIN CERTIFICATE-----
MIIBajCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlob29rZmVy
cnkwHhcNMjYxMTMwMTczOTM5WhcNMzYxMTI3MTczOTM5WjAUMRIwEAYDVQQDDAlo
b29rZmVycnkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQv2MnMYJ50X/jMki1B
bvFYFd5KUg9FoQ7eUVlkYCXg/Jqfa20x0mD5ixQFHwN34VP1j0cCAwgOHwOaEwUB
ZDNFo1MwUTAdBgNVHQ4EFgQUebOMcb+kram+wupS25z9psHAlK0wHwYDVR0jBBgw
FoAUebOMcb+kram+wupS25z9psHAlK0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjO
PQQDAgNIADBFAiEAvJ7RGGT8XIna/13PI13bsxS7Utfm2OvcZ3QPgRYDumYCIAhn
KrutpE5iyHXXsE3Pb9WnysnVXbEPrYwB2t4kbJ3x
-----END CERTIFICATE-----
)";
const WallTime its_end{std::chrono::seconds(2111420379)};
constexpr std::string_view its_last_day = "2036-11-27";

const WantedTopic wanted{"t", "e of s", false, true, {"Write", "Describe"}};

config::Config configured() {
  config::Config config;
  config.kafka.partitions = 6;
  return config;
}

kafka::InspectedTopic good() {
  kafka::InspectedTopic found;
  found.state.kind = Kind::present;
  found.state.partitions = 6;
  found.state.replication_factor = 3;
  found.state.min_insync_replicas = 2;
  found.state.max_message_bytes = 1048588;
  found.state.max_message_bytes_known = true;
  found.write = found.read = Right::granted;
  return found;
}

/// "LEVEL TEXT", a line each.
std::string said(const std::vector<Finding>& findings) {
  constexpr std::array<std::string_view, 4> names{"ok", "note", "warning", "failure"};
  std::string out;
  for (const Finding& finding : findings) {
    out += cat(names[static_cast<std::size_t>(finding.level)], " ", finding.text, "\n");
  }
  return out;
}

std::string said(const kafka::InspectedTopic& found, const config::Config& config = configured()) {
  return said(judge_topic(config, wanted, found));
}

constexpr std::string_view well =
    "ok t: 6 partitions, 3 replicas, min.insync.replicas 2, max.message.bytes 1048588; rights: Describe Write "
    "DescribeConfigs Read\n";

TEST(JudgeTopic, AllWell) {
  EXPECT_EQ(said(good()), well);
}

TEST(JudgeTopic, OneThatIsNotThereYet) {
  kafka::InspectedTopic found;
  found.state.kind = Kind::missing;
  found.state.problem = "topic t can't be created: no right to";
  EXPECT_EQ(said(found), "failure topic t can't be created: no right to\n");
  found.can_be_made = true;
  EXPECT_EQ(said(found), "ok t: not there yet; hookferry makes it at its start, and may (kafka.create_topics)\n");
}

TEST(JudgeTopic, MissingRights) {
  kafka::InspectedTopic found = good();
  found.write = Right::denied;
  found.read = Right::denied;
  EXPECT_THAT(said(found), HasSubstr("\nfailure no right Write on topic t: its events are answered 503; grant it"));
  EXPECT_THAT(said(found), HasSubstr("\nwarning no right Read on topic t: duplicates from before a start"));
  found.write = found.read = Right::unknown;
  EXPECT_THAT(said(found), HasSubstr("\nnote whether t may be written to was not found out"));
  EXPECT_THAT(said(found), HasSubstr("\nnote whether t may be read was not found out"));
}

TEST(JudgeTopic, Durability) {
  config::Config config = configured();
  kafka::InspectedTopic found = good();
  found.state.min_insync_replicas = 1;
  EXPECT_THAT(said(found, config), HasSubstr("\nwarning topic t has replication factor 3 and min.insync.replicas 1"));
  config.kafka.min_durability = config::MinDurability::require;
  EXPECT_THAT(said(found, config), HasSubstr("\nfailure topic t has replication factor 3"));
  config.kafka.min_durability = config::MinDurability::off;
  EXPECT_THAT(said(found, config), testing::Not(HasSubstr("replication factor")));
}

TEST(JudgeTopic, RecordsThatAreTooLarge) {
  kafka::InspectedTopic found = good();
  found.state.max_message_bytes = 1000;
  EXPECT_THAT(said(found), HasSubstr("\nwarning topic t takes records of 1000 bytes"));
}

TEST(JudgeTopic, WhatIsNotAsItWouldBeMade) {
  config::Config config = configured();
  config.kafka.replication_factor = 4;
  config.kafka.topic_config = {{"retention.ms", "1"}, {"no.such", "2"}};
  kafka::InspectedTopic found = good();
  found.state.partitions = 7;
  found.config = {{"retention.ms", "604800000"}};
  const std::string text = said(found, config);
  EXPECT_THAT(text, HasSubstr("\nnote t: partitions is 7, kafka.create_topics says 6: topics that are there stay"));
  EXPECT_THAT(text, HasSubstr("\nnote t: replication_factor is 3, kafka.create_topics says 4"));
  EXPECT_THAT(text, HasSubstr("\nnote t: retention.ms is 604800000, kafka.create_topics says 1"));
  config.kafka.create_topics = false;
  EXPECT_THAT(said(found, config), testing::Not(HasSubstr("note")));
}

TEST(JudgeCertificates, SaysWhenTheyEnd) {
  const auto at = [](Duration before) { return said({judge_certificates("c", certificate, its_end - before)}); };
  EXPECT_EQ(at(std::chrono::hours(24 * 15)), cat("ok c ends on ", its_last_day, ", in 15 days\n"));
  EXPECT_EQ(at(std::chrono::hours(25)), cat("warning c ends on ", its_last_day, ", in 1 day\n"));
  EXPECT_EQ(at(Duration::zero()), cat("failure c ended on ", its_last_day, ": renew it\n"));
  EXPECT_THAT(said({judge_certificates("c", "none", its_end)}), HasSubstr("failure c has no certificate in PEM"));
}

TEST(JudgeSpool, SaysWhetherItMayBeWrittenTo) {
  const std::string folder = cat(testing::TempDir(), "hookferry-check-", getpid());
  config::Spool spool;
  spool.path = cat(folder, "/a/b");
  spool.max_size = 1;
  std::filesystem::create_directory(folder);
  EXPECT_EQ(said(judge_spool(spool)), cat("ok ", spool.path, ": will be made\n"));
  spool.path = folder;
  EXPECT_EQ(said(judge_spool(spool)), cat("ok ", folder, ": may be written to\n"));
  spool.max_size = std::uint64_t{1} << 62;
  EXPECT_THAT(said(judge_spool(spool)), HasSubstr("warning spool.max_size is"));
  std::filesystem::remove(folder);
  spool.path = "/dev/null/spool";
  EXPECT_THAT(said(judge_spool(spool)),
              HasSubstr("failure spool.path /dev/null/spool is to be made in /dev/null, which can't be written to"));
}

}  // namespace
}  // namespace hookferry::app
