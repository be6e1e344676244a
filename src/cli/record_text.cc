#include "cli/record_text.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/base64.h"
#include "base/log_escape.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/terminal.h"
#include "senders/attribute_text.h"

namespace hookferry::cli {
namespace {

constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();
constexpr std::size_t subject_watch = 0;
constexpr std::size_t data_watch = 1;

/// A column: without blanks of its own.
std::string column(std::string_view text, std::size_t limit = 120) {
  std::string out;
  append_text_escaped(out, text, limit, Blanks::escape);
  return out.empty() ? "-" : out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  append_json_text(out, text, whole);
  return out.append("\"");
}

std::string base64(std::string_view bytes) {
  std::string out = "\"";
  append_base64(out, bytes);
  return out.append("\"");
}

std::string_view header(const kafka::ConsumedRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string time_text(const kafka::ConsumedRecord& record, bool dates) {
  if (!record.timestamp) return dates ? "-                       " : "-           ";
  std::string text;
  append_rfc3339(text, *record.timestamp);
  return dates ? text : text.substr(11, 12);
}

/// Whether valid JSON can't stand in a line, or on a terminal, as it is.
bool has_controls(std::string_view json) {
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto c = static_cast<unsigned char>(json[i]);
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0;
    if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0)) return true;
  }
  return false;
}

/// The headers whose values are, or are not, text; with the values of one name together.
std::vector<std::pair<std::string, std::vector<std::string>>> grouped(const kafka::ConsumedRecord& record, bool text) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const auto& [name, value] : record.headers) {
    if (is_utf8(value) != text) continue;
    const auto known = std::ranges::find(groups, name, &std::pair<std::string, std::vector<std::string>>::first);
    auto& values = known == groups.end() ? groups.emplace_back(name, std::vector<std::string>()).second : known->second;
    values.push_back(text ? json_string(value) : base64(value));
  }
  return groups;
}

void append_headers(std::string& out, const kafka::ConsumedRecord& record, bool text) {
  bool first = true;
  for (const auto& [name, values] : grouped(record, text)) {
    out.append(first ? "" : ",").append(json_string(name)).append(":");
    first = false;
    if (values.size() > 1) out.push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) out.append(i == 0 ? "" : ",").append(values[i]);
    if (values.size() > 1) out.push_back(']');
  }
}

}  // namespace

RecordText::RecordText(std::map<std::string, TopicName> topics, bool dates)
    : topics_(std::move(topics)), dates_(dates), scanner_({{"subject"}, {"data"}}, data_watch) {}

/// As the instance has it; of a topic that it does not know, what the record says of itself.
TopicName RecordText::name_of(const kafka::ConsumedRecord& record) const {
  if (const auto known = topics_.find(record.topic); known != topics_.end()) return known->second;
  if (const std::string_view source = header(record, "hookferry-source"); !source.empty()) {
    return {std::string(source), {}};
  }
  const std::string_view type = header(record, "ce_type");
  const std::size_t dot = type.find('.');
  if (dot == std::string_view::npos) return {{}, std::string(type)};
  return {std::string(type.substr(0, dot)), std::string(type.substr(dot + 1))};
}

std::string RecordText::text(const kafka::ConsumedRecord& record) {
  const TopicName name = name_of(record);
  const std::string place = cat(column(record.topic, 250), "[", record.partition, "]@", record.offset);
  std::string line =
      cat(time_text(record, dates_), " ", padded(column(name.source), 8), " ", padded(column(name.event), 21), " ");
  if (const std::string_view reason = header(record, "hookferry-reason"); !reason.empty()) {
    return line.append(cat("quarantined ", column(reason), "  ", place, "  ", record.value.size(), " bytes"));
  }
  const std::string_view id = header(record, "ce_id");
  line.append(cat(padded(column(id.substr(0, 8)), 8), "  ", place));
  if (scanner_.scan(record.value) != senders::ScanResult::valid) {
    return line.append(cat("  not JSON, ", record.value.size(), " bytes"));
  }
  const senders::Found& subject = scanner_.found(subject_watch);
  if (subject.kind == senders::Found::Kind::text) line.append(cat("  ", column(subject.text, 256)));
  return line;
}

void RecordText::append_value(std::string& out, const kafka::ConsumedRecord& record) {
  if (record.null_value) {
    out.append("\"value\":null");
  } else if (scanner_.scan(record.value) == senders::ScanResult::valid) {
    out.append("\"value\":");
    if (has_controls(record.value)) {
      senders::append_compact_json(out, record.value);
    } else {
      out.append(record.value);
    }
  } else if (is_utf8(record.value)) {
    out.append("\"value_text\":").append(json_string(record.value));
  } else {
    out.append("\"value_base64\":").append(base64(record.value));
  }
}

std::string RecordText::json(const kafka::ConsumedRecord& record) {
  std::string out = cat("{\"topic\":", json_string(record.topic), ",\"partition\":", record.partition,
                        ",\"offset\":", record.offset, ",\"timestamp\":");
  if (record.timestamp) {
    out.push_back('"');
    append_rfc3339(out, *record.timestamp);
    out.push_back('"');
  } else {
    out.append("null");
  }
  return out.append(",").append(content_json(record)).append("}");
}

std::string RecordText::content_json(const kafka::ConsumedRecord& record) {
  std::string out;
  if (record.null_key) {
    out.append("\"key\":null");
  } else if (is_utf8(record.key)) {
    out.append("\"key\":").append(json_string(record.key));
  } else {
    out.append("\"key_base64\":").append(base64(record.key));
  }
  out.append(",\"headers\":{");
  append_headers(out, record, true);
  out.append("},");
  std::string binary;
  append_headers(binary, record, false);
  if (!binary.empty()) out.append("\"headers_base64\":{").append(binary).append("},");
  append_value(out, record);
  return out;
}

}  // namespace hookferry::cli
