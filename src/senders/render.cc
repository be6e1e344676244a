#include "senders/render.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "base/time.h"
#include "senders/digest.h"
#include "senders/headers.h"

namespace hookferry::senders {
namespace {

constexpr std::size_t id_size = 32;  // characters
constexpr std::size_t time_size = 24;
constexpr std::size_t dedupe_size = 66;

// The value's own text, in its order; what is between is the event's.
constexpr std::string_view before_id = R"({"specversion":"1.0","id":")";
constexpr std::string_view before_source = R"(","source":")";
constexpr std::string_view before_type = R"(","type":")";
constexpr std::string_view before_subject = R"(","subject":")";
constexpr std::string_view before_time = R"(","time":")";
constexpr std::string_view before_job_id = R"(","datacontenttype":"application/json","jobid":")";
constexpr std::string_view without_job_id = R"(","datacontenttype":"application/json)";
constexpr std::string_view before_received = R"(","receivedtime":")";
constexpr std::string_view before_unmapped = R"(","unmapped":")";
constexpr std::string_view before_data = R"(","data":)";
constexpr std::size_t value_frame = before_id.size() + before_source.size() + before_type.size() +
                                    before_subject.size() + before_time.size() + before_job_id.size() +
                                    before_received.size() + before_unmapped.size() + before_data.size() + 1;

constexpr std::string_view content_type_header = "content-type";
constexpr std::string_view id_header = "ce_id";
constexpr std::string_view type_header = "ce_type";
constexpr std::string_view source_header = "ce_source";
constexpr std::string_view dedupe_header = "hookferry-dedupe";
constexpr std::string_view trace_parent_header = "traceparent";
constexpr std::string_view trace_state_header = "tracestate";
constexpr std::size_t header_frame = content_type_header.size() + event_content_type.size() + id_header.size() +
                                     id_size + type_header.size() + source_header.size() + dedupe_header.size() +
                                     dedupe_size + trace_parent_header.size() + trace_state_header.size();

/// What append_json_escaped makes of a text without control characters.
std::size_t escaped_size(std::string_view text) noexcept {
  return text.size() + static_cast<std::size_t>(
                           std::count_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\\'; }));
}

/// An upper bound, and a close one: the record is built without growing.
std::size_t record_size(const Source& source, const Event& event, const TraceContext& trace) noexcept {
  const std::size_t uri = source.uri().size();
  const std::size_t type = source.type(event.event).size();
  const std::size_t key = std::max(event.entity_id.size(), id_size);
  const std::size_t value = value_frame + id_size + uri + type + escaped_size(event.entity_id) +
                            std::max(event.timestamp.size(), time_size) + escaped_size(event.job_id) + time_size +
                            escaped_size(event.unmapped) + event.data.size();
  const std::size_t headers = header_frame + type + uri + trace.parent.size() + trace.state.size();
  return key + value + headers;
}

void append_value(std::string& out, const Source& source, const Event& event, std::string_view id, WallTime received) {
  out.append(before_id).append(id);
  out.append(before_source).append(source.uri());
  out.append(before_type).append(source.type(event.event));
  if (!event.entity_id.empty()) append_json_escaped(out.append(before_subject), event.entity_id);
  out.append(before_time).append(event.timestamp);
  if (event.timestamp.empty()) append_rfc3339(out, received);
  if (event.job_id.empty()) {
    out.append(without_job_id);
  } else {
    append_json_escaped(out.append(before_job_id), event.job_id);
  }
  append_rfc3339(out.append(before_received), received);
  if (!event.unmapped.empty()) append_json_escaped(out.append(before_unmapped), event.unmapped);
  out.append(before_data).append(event.data).push_back('}');
}

/// The texts of one event's hashes, one after the other in one string: version 01 with the conflict hash and the first
/// half of the data's, and the CloudEvents id.
class HashTexts {
 public:
  explicit HashTexts(const Event& event) {
    text_.reserve(dedupe_size + id_size);
    text_.append("01");
    append_hex(text_, event.key.conflict);
    append_hex(text_, truncate(event.data_digest));
    append_hex(text_, event.key.id);
  }
  [[nodiscard]] std::string_view dedupe() const noexcept { return std::string_view(text_).substr(0, dedupe_size); }
  [[nodiscard]] std::string_view id() const noexcept { return std::string_view(text_).substr(dedupe_size); }

 private:
  std::string text_;
};

void append_header(Record& record, std::string_view name, std::string_view value) {
  HOOKFERRY_CHECK(record.append_header(name, value));
}

/// Bytes of a signed varint as Kafka writes lengths and counts: zigzag, seven bits a byte.
std::size_t varint_size(std::size_t number) noexcept {
  std::size_t size = 1;
  for (number = number << 1 >> 7; number != 0; number >>= 7) ++size;
  return size;
}

std::size_t field_size(std::string_view field) noexcept {
  return varint_size(field.size()) + field.size();
}

}  // namespace

Record render_event(const Source& source, const Event& event, const TraceContext& trace, WallTime received,
                    TopicId topic) {
  const HashTexts hashes(event);
  Record record(topic, record_size(source, event, trace));
  record.append_key(event.entity_id.empty() ? hashes.id() : std::string_view(event.entity_id));
  append_value(record.begin_value(), source, event, hashes.id(), received);
  record.end_value();
  append_header(record, content_type_header, event_content_type);
  append_header(record, id_header, hashes.id());
  append_header(record, type_header, source.type(event.event));
  append_header(record, source_header, source.uri());
  append_header(record, dedupe_header, hashes.dedupe());
  if (!trace.parent.empty()) append_header(record, trace_parent_header, trace.parent);
  if (!trace.state.empty()) append_header(record, trace_state_header, trace.state);
  return record;
}

Record render_quarantine(const Source& source, Quarantine reason, const VerifiedBody& body,
                         std::span<const HeaderView> headers, WallTime received, TopicId topic) {
  const std::string signature_name = lower_case(source.signature_header());
  const HeaderMatch signature = find_header(headers, signature_name);
  const HeaderMatch type = find_header(headers, content_type_header);
  std::string time;
  append_rfc3339(time, received);

  constexpr std::size_t names = 128;  // the names, the reason and the times are shorter than this together
  Record record(topic, id_size + body.bytes().size() + names + source.name().size() + signature_name.size() +
                           signature.value.size() + type.value.size());
  record.append_key(hex(quarantine_key(source, body).id));
  record.begin_value().append(body.bytes());
  record.end_value();
  append_header(record, "hookferry-reason", name(reason));
  append_header(record, "hookferry-source", source.name());
  append_header(record, "hookferry-received-time", time);
  if (type.count > 0) append_header(record, content_type_header, type.value);
  if (signature.count > 0) append_header(record, signature_name, signature.value);
  return record;
}

ClaimKey quarantine_key(const Source& source, const VerifiedBody& body) {
  Sha256 sha256;
  std::string fields;
  append_field(fields, source.name());
  append_field(fields, as_text(sha256.digest(body.bytes())));
  const Id128 id = truncate(sha256.digest(fields));
  return {.id = id, .conflict = id};
}

std::size_t batch_size(const Record& record) {
  constexpr std::size_t batch_header = 61;
  constexpr std::size_t attributes_and_deltas = 3;  // one byte each: attributes, timestamp delta, offset delta
  std::size_t size = attributes_and_deltas + field_size(record.key()) + field_size(record.value()) +
                     varint_size(record.header_count());
  for (std::size_t i = 0; i < record.header_count(); ++i) {
    size += field_size(record.header_name(i)) + field_size(record.header_value(i));
  }
  return batch_header + varint_size(size) + size;
}

}  // namespace hookferry::senders
