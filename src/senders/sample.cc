#include "senders/sample.h"

#include "base/check.h"
#include "base/json_text.h"
#include "base/text.h"
#include "senders/member_slicer.h"
#include "senders/presets.h"
#include "senders/reader.h"
#include "senders/render.h"
#include "senders/verifier.h"

namespace hookferry::senders {
namespace {

const Preset& preset_of(std::string_view name) {
  const Preset* const preset = find_preset(name);
  HOOKFERRY_CHECK(preset != nullptr);
  return *preset;
}

const IdRule* rule_of(const Preset& preset, std::string_view event) {
  for (const IdRule& rule : preset.id_rules) {
    if (event.starts_with(rule.prefix)) return &rule;
  }
  return nullptr;
}

/// Where the value of a member stands in an object's text; nothing of it: there is none.
std::string_view member_of(std::string_view object, std::string_view name) {
  MemberSlicer slicer(object);
  for (MemberSlice member; slicer.next(member);) {
    if (member.key == cat('"', name, '"')) return member.value;
  }
  return {};
}

/// Replaces what `slice`, a string in the text, has between its quotes; offsets before it stay.
void replace_string(std::string& text, std::string_view slice, std::string_view value) {
  if (slice.size() < 2 || slice.front() != '"') return;
  text.replace(static_cast<std::size_t>(slice.data() - text.data()) + 1, slice.size() - 2, std::string(value));
}

/// "job-uuid" becomes "job-ID", "val_abc123def456" "val_ID".
std::string fresh(std::string_view documented, std::string_view id) {
  const std::size_t end = documented.find_first_of("-_");
  return end == std::string_view::npos ? std::string(id) : cat(documented.substr(0, end + 1), id);
}

void identify(std::string& body, const Preset& preset, std::string_view event, const Identity& identity) {
  const IdRule* const rule = rule_of(preset, event);
  const auto id_slice = [&] {
    const std::string_view object = rule->in_data ? member_of(body, preset.data_member) : std::string_view(body);
    return member_of(object, rule->member);
  };
  if (rule != nullptr) {
    const std::string_view slice = id_slice();
    if (slice.size() > 2) replace_string(body, slice, fresh(slice.substr(1, slice.size() - 2), identity.id));
  }
  if (!preset.timestamp_member.empty()) {
    replace_string(body, member_of(body, preset.timestamp_member), identity.timestamp);
  }
}

std::string smallest_body(const Preset& preset, std::string_view event, const Identity& identity) {
  const IdRule* const rule = rule_of(preset, event);
  // Without an entity id the data alone tells one event from another.
  const std::string id = cat(json_string(rule == nullptr ? "id" : rule->member), ":", json_string(identity.id));
  const bool in_data = rule == nullptr || rule->in_data;
  std::string body = cat("{", json_string(preset.event_member), ":", json_string(event));
  if (!preset.timestamp_member.empty()) {
    body.append(cat(",", json_string(preset.timestamp_member), ":", json_string(identity.timestamp)));
  }
  if (!in_data) body.append(cat(",", id));
  body.append(cat(",", json_string(preset.data_member), ":{", in_data ? id : "", "}}"));
  return body;
}

}  // namespace

std::string_view preset_example(std::string_view name) {
  const Preset* const preset = find_preset(name);
  if (preset == nullptr) return {};
  for (const DocumentedEvent& event : preset->events) {
    const IdRule* const rule = rule_of(*preset, event.name);
    if (rule != nullptr && rule->is_job) return event.name;
  }
  return preset->events.front().name;
}

std::string sample_body(std::string_view preset_name, std::string_view event, const Identity& identity) {
  const Preset& preset = preset_of(preset_name);
  std::string body(preset_sample(preset_name, event));
  if (body.empty()) return smallest_body(preset, event, identity);
  identify(body, preset, event, identity);
  return body;
}

std::optional<Record> documented_record(const std::shared_ptr<const Source>& source, EventId event, WallTime received) {
  const std::string_view body = preset_sample(source->preset(), source->events()[event]);
  if (body.empty()) return std::nullopt;
  const auto [name, signature] = signature_header(source->preset(), source->secrets().front(), body);
  const HeaderView headers[] = {{name, signature}};
  const auto verified = Verifier(source).verify(headers, body);
  Reader reader(source);
  const auto read = reader.read(std::get<VerifiedBody>(verified));
  return render_event(*source, std::get<Event>(read), {}, received, 0);
}

std::pair<std::string, std::string> signature_header(std::string_view preset, std::string_view secret,
                                                     std::string_view body) {
  return {std::string(preset_of(preset).signature_header), sign(secret, body)};
}

}  // namespace hookferry::senders
