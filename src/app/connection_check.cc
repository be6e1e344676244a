#include "app/connection_check.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/changes.h"
#include "app/options.h"
#include "app/readiness.h"
#include "base/text.h"
#include "base/time.h"
#include "http/tls.h"
#include "spool/folder.h"

namespace hookferry::app {
namespace {

using Level = Finding::Level;
using Kind = kafka::TopicState::Kind;
using kafka::Right;

constexpr Duration patience = std::chrono::seconds(10);
constexpr Duration last_weeks = std::chrono::hours(24 * 14);

std::string date_of(WallTime time) {
  std::string text;
  append_rfc3339(text, time);
  return text.substr(0, text.find('T'));
}

std::string rights_of(const kafka::InspectedTopic& found, const WantedTopic& wanted) {
  std::string out = "Describe";
  if (found.write == Right::granted) out += " Write";
  if (found.state.max_message_bytes_known) out += " DescribeConfigs";
  if (wanted.read && found.read == Right::granted) out += " Read";
  return out;
}

std::string described(const kafka::InspectedTopic& found, const WantedTopic& wanted) {
  const kafka::TopicState& state = found.state;
  std::string out = cat(wanted.name, ": ", state.partitions, state.partitions == 1 ? " partition, " : " partitions, ",
                        state.replication_factor, state.replication_factor == 1 ? " replica" : " replicas");
  if (state.min_insync_replicas > 0) out += cat(", min.insync.replicas ", state.min_insync_replicas);
  if (state.max_message_bytes_known) out += cat(", max.message.bytes ", state.max_message_bytes);
  return cat(out, "; rights: ", rights_of(found, wanted));
}

std::string grant(std::string_view right, const WantedTopic& wanted, std::string_view without) {
  return cat("no right ", right, " on topic ", wanted.name, ": ", without,
             "; grant it to the principal that hookferry logs in as (hookferry topics --format kafka-cli)");
}

void judge_rights(const WantedTopic& wanted, const kafka::InspectedTopic& found, std::vector<Finding>& findings) {
  if (found.write == Right::denied) {
    findings.push_back({Level::failure, "topic", grant("Write", wanted, "its events are answered 503")});
  } else if (found.write == Right::unknown) {
    findings.push_back({Level::note, "topic",
                        cat("whether ", wanted.name, " may be written to was not found out; the first event will")});
  }
  if (!wanted.read || found.read == Right::granted) return;
  const bool denied = found.read == Right::denied;
  findings.push_back({denied ? Level::warning : Level::note, "topic",
                      denied ? grant("Read", wanted, "duplicates from before a start, or of other instances, pass")
                             : cat("whether ", wanted.name, " may be read was not found out")});
}

/// Where a topic that is there is not as kafka.create_topics would have made it.
void judge_differences(const config::Kafka& kafka, const WantedTopic& wanted, const kafka::InspectedTopic& found,
                       std::vector<Finding>& findings) {
  const auto differs = [&](std::string_view what, const std::string& is, const std::string& wants) {
    if (is == wants) return;
    findings.push_back({Level::note, "topic",
                        cat(wanted.name, ": ", what, " is ", is, ", kafka.create_topics says ", wants,
                            ": topics that are there stay as they are")});
  };
  differs("partitions", cat(found.state.partitions), cat(kafka.partitions));
  if (kafka.replication_factor > 0) {
    differs("replication_factor", cat(found.state.replication_factor), cat(kafka.replication_factor));
  }
  for (const auto& [key, value] : kafka.topic_config) {
    const auto setting = found.config.find(key);
    if (setting != found.config.end()) differs(key, printable(setting->second), printable(value));
  }
}

Level level_of(config::MinDurability minimum) {
  return minimum == config::MinDurability::require ? Level::failure : Level::warning;
}

void judge_present(const config::Config& config, const WantedTopic& wanted, const kafka::InspectedTopic& found,
                   std::vector<Finding>& findings) {
  findings.push_back({Level::ok, "topic", described(found, wanted)});
  judge_rights(wanted, found, findings);
  if (!found.state.problem.empty()) findings.push_back({Level::warning, "topic", found.state.problem});
  if (config.kafka.min_durability != config::MinDurability::off) {
    const std::string problem = durability_problem(wanted.name, found.state, config.kafka.min_durability);
    if (!problem.empty()) findings.push_back({level_of(config.kafka.min_durability), "topic", problem});
  }
  const std::string limit = record_limit_problem(wanted.name, found.state, needed_record_bytes(config.http.max_body));
  if (!limit.empty()) findings.push_back({Level::warning, "topic", limit});
  if (config.kafka.create_topics) judge_differences(config.kafka, wanted, found, findings);
}

std::vector<Finding> check_kafka(const config::Config& config) {
  const std::vector<WantedTopic> wanted = wanted_topics(config);
  std::vector<kafka::TopicQuestion> questions;
  for (const WantedTopic& topic : wanted) questions.push_back({topic.name, topic.quarantine, topic.read});
  const kafka::ProducerOptions options = producer_options(config);
  const auto found = kafka::inspect(options, topic_options(config), questions, patience);
  if (!found) return {{Level::failure, "kafka", found.error().message}};
  std::vector<Finding> findings{{Level::ok, "kafka", cat("reached and logged in to at ", options.bootstrap_servers)}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (Finding& finding : judge_topic(config, wanted[i], (*found)[i])) findings.push_back(std::move(finding));
  }
  return findings;
}

void check_certificates(const config::Config& config, WallTime now, std::vector<Finding>& findings) {
  const auto judge = [&](const std::string& name, const std::string& pem) {
    findings.push_back(judge_certificates(name, pem, now));
  };
  if (config.http.tls.used()) judge("http.tls.certificate", config.http.tls.certificate.content);
  for (const auto& [name, value] : client_properties(config.kafka)) {
    if (name == "ssl.certificate.pem" || name == "ssl.ca.pem") judge(name, value);
    // Of a folder or of this machine's own authorities there is nothing to be said.
    const bool file = name == "ssl.certificate.location" || name == "ssl.ca.location";
    if (!file || !std::filesystem::is_regular_file(value)) continue;
    const auto pem = config::SystemEnvironment().read_file(value);
    if (pem) judge(cat(name, " (", printable(value), ")"), *pem);
    if (!pem) findings.push_back({Level::failure, "certificate", cat(name, ": ", pem.error().message)});
  }
}

}  // namespace

std::vector<Finding> judge_topic(const config::Config& config, const WantedTopic& wanted,
                                 const kafka::InspectedTopic& found) {
  std::vector<Finding> findings;
  if (found.state.kind == Kind::present) {
    judge_present(config, wanted, found, findings);
  } else if (found.can_be_made) {
    findings.push_back(
        {Level::ok, "topic",
         cat(wanted.name, ": not there yet; hookferry makes it at its start, and may (kafka.create_topics)")});
  } else {
    findings.push_back({Level::failure, "topic", found.state.problem});
  }
  return findings;
}

Finding judge_certificates(const std::string& name, std::string_view pem, WallTime now) {
  const auto end = http::certificate_expiry(pem);
  if (!end) return {Level::failure, "certificate", cat(name, " ", end.error().message)};
  const auto days = std::chrono::duration_cast<std::chrono::hours>(*end - now).count() / 24;
  if (*end <= now) return {Level::failure, "certificate", cat(name, " ended on ", date_of(*end), ": renew it")};
  return {*end - now < last_weeks ? Level::warning : Level::ok, "certificate",
          cat(name, " ends on ", date_of(*end), ", in ", days, days == 1 ? " day" : " days")};
}

std::vector<Finding> judge_spool(const config::Spool& spool) {
  std::error_code failed;
  std::filesystem::path folder = spool.path;
  while (folder.has_relative_path() && !std::filesystem::exists(folder, failed)) folder = folder.parent_path();
  const bool there = folder == spool.path;
  // A slash at its end: only a folder will do.
  if (::access((folder / "").c_str(), W_OK | X_OK) != 0) {
    return {{Level::failure, "spool",
             cat("spool.path ", spool.path, there ? "" : cat(" is to be made in ", folder.native(), ", which"),
                 " can't be written to by this user: ", std::generic_category().message(errno))}};
  }
  std::vector<Finding> findings{
      {Level::ok, "spool", cat(spool.path, there ? ": may be written to" : ": will be made")}};
  const auto space = std::filesystem::space(folder, failed);
  if (!failed && space.available < spool.max_size) {
    findings.push_back({Level::warning, "spool",
                        cat("spool.max_size is ", human_size(spool.max_size), ", and its disk has ",
                            human_size(space.available), " left: events that it has no room for are answered 503")});
  }
  if (const int owner = spool::owner_of(spool.path); owner != 0) {
    findings.push_back({Level::note, "spool", cat("process ", owner, " has it now: one instance at a time may")});
  }
  return findings;
}

std::vector<Finding> check_connection(const config::Config& config, WallTime now) {
  std::vector<Finding> findings = check_kafka(config);
  check_certificates(config, now, findings);
  if (config.spool.used()) {
    for (Finding& finding : judge_spool(config.spool)) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace hookferry::app
