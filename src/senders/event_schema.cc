#include "senders/event_schema.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "base/text.h"
#include "senders/headers.h"
#include "senders/json_tree.h"
#include "senders/presets.h"
#include "senders/render.h"

namespace hookferry::senders {
namespace {

constexpr std::string_view hex_id = "^[0-9a-f]{32}$";
constexpr std::string_view dedupe_value = "^01[0-9a-f]{64}$";
/// Of the times that is_rfc3339 takes, and of those that are written here.
constexpr std::string_view sent_time =
    R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$)";
constexpr std::string_view own_time = R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$)";
/// https://www.w3.org/TR/trace-context/#traceparent-header
constexpr std::string_view trace_parent = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}";

JsonObject string_type(std::string_view description) {
  JsonObject schema;
  schema.text("type", "string").text("description", description);
  return schema;
}

std::string of_pattern(std::string_view pattern, std::string_view description) {
  return string_type(description).text("pattern", pattern).str();
}

std::string of_time(std::string_view pattern, std::string_view description) {
  return string_type(description).text("format", "date-time").text("pattern", pattern).str();
}

std::string only(std::string_view value) {
  return JsonObject().text("const", value).str();
}

std::string one_of(const std::vector<std::string>& values) {
  if (values.size() == 1) return only(values.front());
  std::vector<std::string> quoted;
  std::ranges::transform(values, std::back_inserter(quoted), json_string);
  return JsonObject().json("enum", json_array(quoted)).str();
}

/// In their order, each once.
template <class Project>
std::vector<std::string> distinct(std::span<const SourceEvent> events, Project project) {
  std::vector<std::string> values;
  for (const SourceEvent& event : events) {
    std::string value(project(event));
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  }
  return values;
}

const std::string& source_uri(const SourceEvent& event) {
  return event.source->uri();
}
const std::string& type(const SourceEvent& event) {
  return event.source->type(event.event);
}

const IdRule* id_rule(const SourceEvent& event) {
  return event.source->id_rule(event.event);
}
bool has_job_id(const SourceEvent& event) {
  const IdRule* const rule = id_rule(event);
  return rule != nullptr && rule->is_job;
}
bool has_entity_id(const SourceEvent& event) {
  return id_rule(event) != nullptr;
}

JsonObject id_text(std::string_view description) {
  JsonObject schema = string_type(description);
  schema.json("minLength", "1").json("maxLength", "256");
  return schema;
}

std::string any_data() {
  return JsonObject().text("description", "What the sender sent, byte for byte: any JSON value.").str();
}

std::string type_of(const JsonNode& node);

std::string members_of(const JsonNode& object, std::string_view id_member) {
  JsonObject members;
  for (std::size_t i = 0; i < object.keys.size(); ++i) {
    // Of an id an integer is the same as its text.
    const bool is_id = object.keys[i] == id_member;
    members.json(object.keys[i], is_id ? R"({"type":["string","integer"]})" : type_of(object.children[i]));
  }
  return members.str();
}

/// What a documented value tells of others in its place.
std::string type_of(const JsonNode& node) {
  JsonObject schema;
  switch (node.kind) {
    case JsonNode::Kind::object:
      return schema.text("type", "object").json("properties", members_of(node, {})).str();
    case JsonNode::Kind::array:
      schema.text("type", "array");
      if (!node.children.empty()) schema.json("items", type_of(node.children.front()));
      return schema.str();
    case JsonNode::Kind::string:
      return schema.text("type", "string").str();
    case JsonNode::Kind::scalar:
      break;
  }
  if (node.text == "null") return schema.str();
  return schema.text("type", node.text == "true" || node.text == "false" ? "boolean" : "number").str();
}

std::string envelope(std::span<const SourceEvent> events, const std::string& data) {
  JsonObject members;
  members.json("specversion", only("1.0"));
  members.json("id", of_pattern(hex_id,
                                "The same event has the same id, always; other data has another. Records come "
                                "at least once: drop those whose id has been seen."));
  members.json("source", one_of(distinct(events, source_uri)));
  members.json("type", one_of(distinct(events, type)));
  if (std::ranges::any_of(events, has_entity_id)) {
    members.json("subject", id_text("The id of what the event is about; absent where the sender gave none.").str());
  }
  members.json("time",
               of_time(sent_time, "When it happened, as the sender says; where it does not say, receivedtime."));
  members.json("datacontenttype", only("application/json"));
  if (std::ranges::any_of(events, has_job_id)) {
    members.json("jobid", id_text("The id of the job that ended in this event.").str());
  }
  members.json("receivedtime", of_time(own_time, "When it was received."));
  members.json("unmapped", string_type("The text of a JSON object: what the sender sent beside all this.")
                               .text("contentMediaType", "application/json")
                               .str());
  return members.json("data", data).str();
}

/// The documented sample's data as a tree over `sample`; nothing where there is no sample.
std::optional<JsonNode> sample_data(const SourceEvent& event) {
  const Source& source = *event.source;
  const auto sample = parse_json(preset_sample(source.preset(), source.events()[event.event]));
  const JsonNode* const data = sample ? sample->find(source.format().data_member) : nullptr;
  return data == nullptr ? std::nullopt : std::optional(*data);
}

}  // namespace

std::string value_schema(std::span<const SourceEvent> events) {
  HOOKFERRY_CHECK(!events.empty());
  const std::vector<std::string> data = distinct(events, data_schema);
  const std::vector<std::string> types = distinct(events, type);
  JsonObject schema;
  schema.text("title", types.size() == 1 ? types.front() : "hookferry event");
  schema.text("description", "A CloudEvents 1.0 event in structured JSON mode.");
  schema.text("type", "object");
  schema.json("properties", envelope(events, data.size() == 1 ? data.front() : any_data()));
  schema.json("required", R"(["specversion","id","source","type","time","datacontenttype","receivedtime","data"])");
  return schema.str();
}

std::string data_schema(const SourceEvent& event) {
  const std::optional<JsonNode> data = sample_data(event);
  if (!data) return any_data();
  const IdRule* const rule = id_rule(event);
  const std::string_view id_member = rule != nullptr && rule->in_data ? rule->member : std::string_view();
  JsonObject schema;
  schema.text("title", cat(type(event), " data"));
  schema.text(
      "description",
      "As the sender documents it by example. Its bytes are passed on as they come: expect members to be added, "
      "and to be absent.");
  schema.text("type", "object").json("properties", members_of(*data, id_member));
  return schema.json("examples", json_array(std::vector{render_json(*data, {})})).str();
}

std::string key_schema(const SourceEvent& event) {
  if (!has_entity_id(event)) return of_pattern(hex_id, "The CloudEvents id.");
  return id_text("The event's subject; where it has none, its CloudEvents id.").str();
}

std::string headers_schema(const SourceEvent& event) {
  JsonObject members;
  members.json("content-type", only(event_content_type));
  members.json("ce_id", of_pattern(hex_id, "The event's id, for filtering by header; the value has it too."));
  members.json("ce_type", only(type(event)));
  members.json("ce_source", only(source_uri(event)));
  members.json("hookferry-dedupe", of_pattern(dedupe_value, "What hookferry itself knows duplicates by."));
  members.json("traceparent", of_pattern(trace_parent, "W3C Trace Context, when the sender's request had one."));
  members.json("tracestate", string_type("Its state, when there was one.").str());
  JsonObject schema;
  schema.text("type", "object").json("properties", members.str());
  return schema.json("required", R"(["content-type","ce_id","ce_type","ce_source","hookferry-dedupe"])").str();
}

std::string quarantine_headers_schema(const Source& source) {
  const std::vector<std::string> reasons(std::begin(quarantine_names), std::end(quarantine_names));
  JsonObject members;
  members.json("hookferry-reason", one_of(reasons));
  members.json("hookferry-source", only(source.name()));
  members.json("hookferry-received-time", of_time(own_time, "When it was received."));
  members.json("content-type", string_type("As it was received, where it was.").str());
  members.json(lower_case(source.signature_header()), string_type("The signature, as it was received.").str());
  JsonObject schema;
  schema.text("type", "object").json("properties", members.str());
  return schema.json("required", R"(["hookferry-reason","hookferry-source","hookferry-received-time"])").str();
}

}  // namespace hookferry::senders
