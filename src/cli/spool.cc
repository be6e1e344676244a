#include "cli/spool.h"

#include <algorithm>
#include <iostream>
#include <limits>
#include <map>
#include <optional>

#include "base/log_escape.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/record_text.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "spool/spool_reader.h"

namespace hookferry::cli {
namespace {

using hookferry::spool::Found;
using hookferry::spool::SpoolReader;
using hookferry::spool::StoredEvent;
using hookferry::spool::Verification;

std::string json_string(std::string_view text) {
  std::string out = "\"";
  append_json_text(out, text, std::numeric_limits<std::size_t>::max());
  return out.append("\"");
}

std::string time_text(WallTime time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::string_view state_of(const StoredEvent& event) {
  return event.parked ? "parked" : "unsent";
}

/// Said on stderr, so that what is on stdout stays lines of rows; done when there is nothing to say.
int say_damage(const Found& found) {
  if (found.damaged > 0) complain(cat(found.damaged, " rows fail their checksum and are left out"));
  if (!found.whole) complain(cat("a part of the file cannot be read: ", found.problem));
  return found.damaged == 0 && found.whole ? done : bad_input;
}

struct TopicRows {
  std::uint64_t unsent = 0;
  std::uint64_t parked = 0;
  std::uint64_t bytes = 0;
  WallTime oldest = WallTime::max();
  WallTime newest = WallTime::min();
};

void print_topic(const std::string& topic, const TopicRows& rows, bool json) {
  if (json) {
    std::cout << "{\"topic\":" << json_string(topic) << ",\"unsent\":" << rows.unsent << ",\"parked\":" << rows.parked
              << ",\"bytes\":" << rows.bytes << ",\"oldest\":\"" << time_text(rows.oldest) << "\",\"newest\":\""
              << time_text(rows.newest) << "\"}\n";
    return;
  }
  std::cout << padded(printable(topic), 40) << " " << padded(cat(rows.unsent, " unsent"), 15) << " "
            << padded(cat(rows.parked, " parked"), 12) << " " << padded(human_size(rows.bytes), 10) << " since "
            << time_text(rows.oldest) << "\n";
}

int list(SpoolReader& reader, const std::string& path, bool json) {
  std::map<std::string, TopicRows> topics;
  std::uint64_t count = 0;
  const Found found = reader.for_each([&](const StoredEvent& event) {
    TopicRows& rows = topics[event.topic];
    ++(event.parked ? rows.parked : rows.unsent);
    rows.bytes += event.row.record.size();
    rows.oldest = std::min(rows.oldest, event.row.accepted);
    rows.newest = std::max(rows.newest, event.row.accepted);
    ++count;
  });
  for (const auto& [topic, rows] : topics) print_topic(topic, rows, json);
  if (!json) {
    const int owner = reader.owner();
    std::cout << path << ": " << count << (count == 1 ? " event, " : " events, ")
              << (owner > 0 ? cat("of the running process ", owner) : std::string("of no running instance")) << "\n";
  }
  return say_damage(found);
}

std::string export_json(const StoredEvent& event, RecordText& text) {
  kafka::ConsumedRecord record;
  record.key = event.row.record.key();
  record.value = event.row.record.value();
  for (std::size_t i = 0; i < event.row.record.header_count(); ++i) {
    record.headers.emplace_back(event.row.record.header_name(i), event.row.record.header_value(i));
  }
  std::string out =
      cat("{\"topic\":", json_string(event.topic), ",\"state\":\"", state_of(event), "\",\"row\":", event.row.row,
          ",\"id\":\"", hex(event.row.key.id), "\",\"accepted\":\"", time_text(event.row.accepted), "\",");
  if (event.parked) out += cat("\"reason\":", json_string(event.reason), ",");
  return out.append(text.content_json(record)).append("}");
}

std::string export_text(const StoredEvent& event) {
  return cat(time_text(event.row.accepted), " ", state_of(event), "  ", hex(event.row.key.id).substr(0, 8), "  ",
             padded(printable(event.topic), 32), " ", printable(event.row.record.key(), 60), "  ",
             event.row.record.value().size(), " bytes", event.parked ? "  " : "", printable(event.reason));
}

int export_rows(SpoolReader& reader, bool json) {
  RecordText text({}, true);
  const Found found = reader.for_each(
      [&](const StoredEvent& event) { std::cout << (json ? export_json(event, text) : export_text(event)) << '\n'; });
  return say_damage(found);
}

void print_verification(const Verification& verification, const std::string& path) {
  std::cout << path << ": " << verification.intact << " events, " << verification.rows.damaged
            << " that fail their checksum, " << verification.kept << " that did before and were moved away\n";
  for (const std::string& problem : verification.problems) std::cout << "  damaged: " << printable(problem) << "\n";
  if (!verification.rows.whole) std::cout << "  unreadable in part: " << printable(verification.rows.problem) << "\n";
  for (const std::string& file : verification.files_aside) {
    std::cout << "  set aside before: " << printable(file) << " (hookferry spool export " << printable(file) << ")\n";
  }
}

void print_verification_json(const Verification& verification) {
  const auto list_of = [](const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) out += cat(out.size() > 1 ? "," : "", json_string(text));
    return out + "]";
  };
  std::vector<std::string> problems = verification.problems;
  if (!verification.rows.whole) problems.push_back(verification.rows.problem);
  std::cout << "{\"good\":" << (verification.good() ? "true" : "false") << ",\"events\":" << verification.intact
            << ",\"damaged\":" << verification.rows.damaged << ",\"moved_away\":" << verification.kept
            << ",\"problems\":" << list_of(problems) << ",\"set_aside\":" << list_of(verification.files_aside) << "}\n";
}

std::optional<std::string> path_of(const CommonOptions& common, const SpoolOptions& options, int& exit_code) {
  if (!options.path.empty()) return options.path;
  const auto origin = config_origin(common, exit_code);
  if (!origin) return std::nullopt;
  const auto config = load_config(*origin, config::SystemEnvironment(), exit_code, Warnings::hide);
  if (!config) return std::nullopt;
  if (config->spool.used()) return config->spool.path;
  complain(
      "the configuration has no spool.path: name the spool's folder, as in: hookferry spool list /var/lib/hookferry");
  exit_code = bad_input;
  return std::nullopt;
}

}  // namespace

int spool(const CommonOptions& common, const SpoolOptions& options) {
  if (options.action == "retry") return spool_retry(common, options);
  if (options.action == "drain") return spool_drain(common, options);
  int exit_code = done;
  const std::optional<std::string> path = path_of(common, options, exit_code);
  if (!path) return exit_code;
  auto reader = SpoolReader::open(*path);
  if (!reader) {
    complain(reader.error().message);
    return environment;
  }
  if (options.action == "list") {
    exit_code = list(*reader, *path, options.json);
  } else if (options.action == "export") {
    exit_code = export_rows(*reader, options.json);
  } else {
    const Verification verification = reader->verify();
    options.json ? print_verification_json(verification) : print_verification(verification, *path);
    exit_code = verification.good() ? done : bad_input;
  }
  std::cout << std::flush;
  if (std::cout) return exit_code;
  complain("cannot write to stdout");
  return environment;
}

}  // namespace hookferry::cli
