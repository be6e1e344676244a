#include "senders/reader.h"

#include <optional>

#include "base/text.h"
#include "base/time.h"
#include "senders/attribute_text.h"
#include "senders/digest.h"
#include "senders/member_scanner.h"
#include "senders/member_slicer.h"
#include "senders/presets.h"

namespace hookferry::senders {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The members that a source's events are routed by, as the scanner wants them.
struct Routing {
  std::vector<Watch> watches;
  std::size_t event = none;
  std::size_t data = none;
  std::size_t timestamp = none;          // none: the sender has no timestamp
  std::vector<std::size_t> id_of_event;  // by EventId; none: the event has no entity id

  explicit Routing(const Source& source) {
    const Preset& format = source.format();
    event = watch(format.event_member, false);
    data = watch(format.data_member, false);
    if (!format.timestamp_member.empty()) timestamp = watch(format.timestamp_member, false);
    for (std::size_t i = 0; i < source.events().size(); ++i) {
      const IdRule* const rule = source.id_rule(static_cast<EventId>(i));
      id_of_event.push_back(rule == nullptr ? none : watch(rule->member, rule->in_data));
    }
  }

 private:
  std::size_t watch(std::string_view name, bool in_data) {
    for (std::size_t i = 0; i < watches.size(); ++i) {
      if (watches[i].name == name && watches[i].in_data == in_data) return i;
    }
    watches.push_back({name, in_data});
    return watches.size() - 1;
  }
};

/// A string's text as it is written between its quotes, when that is a time that every SDK takes; else empty.
std::string_view written_time(std::string_view value) noexcept {
  if (value.size() < 2 || value.front() != '"') return {};
  const std::string_view text = value.substr(1, value.size() - 2);
  return is_rfc3339(text) ? text : std::string_view();
}

bool is_id(const Found& found) noexcept {
  if (found.kind == Found::Kind::integer) return true;
  return found.kind == Found::Kind::text && !found.text.empty() && found.text.size() <= Found::max_text &&
         is_attribute_text(found.text);
}

void append_unmapped(std::string& out, const MemberSlice& member) {
  out.push_back(out.empty() ? '{' : ',');
  append_compact_json(out, member.key);
  out.push_back(':');
  append_compact_json(out, member.value);
}

}  // namespace

struct Reader::State {
  explicit State(std::shared_ptr<const Source> from)
      : source(std::move(from)), routing(*source), scanner(routing.watches, routing.data) {}

  [[nodiscard]] std::optional<Unroutable> find_event(std::string_view body, Event& event);
  [[nodiscard]] bool slice(std::string_view body, std::size_t id, Event& event) const;
  [[nodiscard]] std::optional<Quarantine> read_members(std::string_view body, Event& event) const;
  void identify(Event& event);

  std::shared_ptr<const Source> source;
  Routing routing;
  MemberScanner scanner;
  Sha256 sha256;
  std::string fields;  // of the hash under way; kept for its memory
};

std::optional<Unroutable> Reader::State::find_event(std::string_view body, Event& event) {
  switch (scanner.scan(body)) {
    case ScanResult::not_json:
      return Unroutable{Quarantine::not_json};
    case ScanResult::too_deep:
      return Unroutable{Quarantine::too_deep};
    case ScanResult::valid:
      break;
  }
  const Found& name = scanner.found(routing.event);
  if (name.count > 1) return Unroutable{Quarantine::ambiguous};
  if (name.kind != Found::Kind::text) return Unroutable{Quarantine::no_event_name};
  event.event = source->find_event(name.text);
  if (event.event == no_event) return Unroutable{Quarantine::unknown_event};
  return std::nullopt;
}

/// The bytes of each top-level member go where they are carried on. False where the slicer finds other members than the
/// scanner did: then neither can be trusted.
bool Reader::State::slice(std::string_view body, std::size_t id, Event& event) const {
  const std::vector<std::uint8_t>& members = scanner.top_level();
  MemberSlicer slicer(body);
  MemberSlice member;
  std::size_t count = 0;
  for (; slicer.next(member); ++count) {
    if (count == members.size()) return false;
    const std::size_t watch = members[count];
    if (watch == routing.event || watch == id) continue;
    if (watch == routing.data) {
      event.data = member.value;
      continue;
    }
    if (watch == routing.timestamp) {
      event.timestamp = written_time(member.value);
      if (!event.timestamp.empty()) continue;
    }
    append_unmapped(event.unmapped, member);
  }
  if (!event.unmapped.empty()) event.unmapped.push_back('}');
  return slicer.complete() && count == members.size();
}

std::optional<Quarantine> Reader::State::read_members(std::string_view body, Event& event) const {
  const std::size_t id = routing.id_of_event[event.event];
  for (const std::size_t watch : {routing.data, routing.timestamp, id}) {
    if (watch != none && scanner.found(watch).count > 1) return Quarantine::ambiguous;
  }
  if (!slice(body, id, event)) return Quarantine::ambiguous;
  if (id != none && scanner.found(id).count == 1) {
    if (!is_id(scanner.found(id))) return Quarantine::bad_id;
    event.entity_id = scanner.found(id).text;
    if (source->id_rule(event.event)->is_job) event.job_id = event.entity_id;
  }
  if (event.data.empty()) return Quarantine::no_data;
  return std::nullopt;
}

void Reader::State::identify(Event& event) {
  event.data_digest = sha256.digest(event.data);
  fields.clear();
  append_field(fields, source->name());
  append_field(fields, source->events()[event.event]);
  if (event.job_id.empty()) {
    append_field(fields, hex(event.data_digest));
  } else {
    append_field(fields, event.job_id);
  }
  event.key.conflict = truncate(sha256.digest(fields));
  append_field(fields, as_text(event.data_digest));
  event.key.id = truncate(sha256.digest(fields));
}

Reader::Reader(std::shared_ptr<const Source> source) : state_(std::make_unique<State>(std::move(source))) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

std::variant<Event, Unroutable> Reader::read(const VerifiedBody& body) {
  std::variant<Event, Unroutable> result;
  auto& event = std::get<Event>(result);
  if (const std::optional<Unroutable> unroutable = state_->find_event(body.bytes(), event)) return *unroutable;
  if (const std::optional<Quarantine> reason = state_->read_members(body.bytes(), event)) {
    return Unroutable{*reason, event.event};
  }
  state_->identify(event);
  return result;
}

}  // namespace hookferry::senders
