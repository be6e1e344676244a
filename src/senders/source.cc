#include "senders/source.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "senders/digest.h"
#include "senders/presets.h"

namespace hookferry::senders {
namespace {

bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_letter_or_digit(char c) noexcept {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}
bool is_visible(char c) noexcept {
  return c > ' ' && c < '\x7f';
}

bool is_source_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

/// What Kafka takes in a topic's name.
bool is_event_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= Source::max_event_name && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_path(std::string_view text) noexcept {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c) && c != '?' && c != '#'; });
}

constexpr std::string_view uri_punctuation = "-._~:/?#[]@!$&'()*+,;=%";

/// The characters of a URI reference (RFC 3986), which CloudEvents wants as source.
bool is_uri_reference(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || uri_punctuation.find(c) != std::string_view::npos;
  });
}

/// What stands in a record as it is, so nothing that JSON escapes; braces are the placeholder's.
bool is_type(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_visible(c) && c != '"' && c != '\\' && c != '{' && c != '}';
  });
}

std::string fill(std::string_view type_template, std::string_view event) {
  constexpr std::string_view placeholder = "{event}";
  std::string type;
  for (std::size_t at = type_template.find(placeholder); at != std::string_view::npos;
       at = type_template.find(placeholder)) {
    type.append(type_template.substr(0, at)).append(event);
    type_template.remove_prefix(at + placeholder.size());
  }
  return type.append(type_template);
}

const IdRule* find_id_rule(const Preset& preset, std::string_view event) noexcept {
  for (const IdRule& rule : preset.id_rules) {
    if (event.starts_with(rule.prefix)) return &rule;
  }
  return nullptr;
}

std::string join(const std::vector<std::string_view>& texts) {
  std::string out;
  for (const std::string_view text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

Error problem(std::string_view source, std::string_view what) {
  return error(cat("source '", printable(source, 40), "': ", what));
}

}  // namespace

Source::Source(SourceSpec spec)
    : preset_(find_preset(spec.preset)),
      name_(std::move(spec.name)),
      preset_name_(std::move(spec.preset)),
      path_(std::move(spec.path)),
      uri_(std::move(spec.source_uri)),
      secrets_(std::move(spec.secrets)),
      events_(std::move(spec.events)) {}

Source::~Source() {
  for (std::string& secret : secrets_) wipe(secret);
}

Result<std::shared_ptr<const Source>> Source::make(SourceSpec spec) {
  const std::string type_template = std::move(spec.type);
  // From here on the secrets have an owner that wipes them, however this ends.
  const std::shared_ptr<Source> source(new Source(std::move(spec)));
  if (const Result<void> done = source->complete(type_template); !done) return done.error();
  return std::shared_ptr<const Source>(source);
}

Result<void> Source::complete(const std::string& type_template) {
  if (!is_source_name(name_)) {
    return problem(name_, "a name is 1 to 32 characters of a-z, 0-9 and '-': change sources[].name");
  }
  if (preset_ == nullptr) {
    return problem(name_, cat("there is no preset '", printable(preset_name_, 40), "': set sources[].preset to one of ",
                              join(preset_names())));
  }
  if (path_.empty()) path_ = cat("/webhooks/", name_);
  if (!is_path(path_)) {
    return problem(name_, cat("'", printable(path_, 80),
                              "' is no path: it begins with '/' and has no blank, '?' or '#': change sources[].path"));
  }
  if (uri_.empty()) uri_ = preset_->source_uri;
  if (!is_uri_reference(uri_)) {
    return problem(name_, cat("'", printable(uri_, 80), "' is no URI: change sources[].source_uri"));
  }
  if (const Result<void> done = check_secrets(); !done) return done.error();
  if (const Result<void> done = add_events(); !done) return done.error();
  const std::string used_template = type_template.empty() ? cat(preset_name_, ".{event}") : type_template;
  for (const std::string& event : events_) {
    types_.push_back(fill(used_template, event));
    id_rules_.push_back(find_id_rule(*preset_, event));
  }
  if (!is_type(types_.front())) {
    return problem(name_, cat("'", printable(used_template, 80),
                              "' is no type: it has printable ASCII without blanks, quotes and backslashes, and no "
                              "placeholder but {event}: change sources[].type"));
  }
  return {};
}

Result<void> Source::check_secrets() const {
  if (secrets_.empty()) {
    return problem(name_,
                   cat("it has no secret: set sources[].secrets, such as [{env: ", preset_->secret_variable, "}]"));
  }
  if (secrets_.size() > max_secrets) {
    return problem(name_, cat("it has ", secrets_.size(), " secrets and may have ", max_secrets,
                              ": take those out of sources[].secrets that the sender uses no longer"));
  }
  for (std::size_t i = 0; i < secrets_.size(); ++i) {
    if (secrets_[i].empty()) {
      return problem(name_,
                     cat("secret ", i + 1, " is empty, so that anybody could sign: look where sources[].secrets[", i,
                         "] comes from"));
    }
    if (const Result<HmacSha256> hmac = HmacSha256::make(secrets_[i]); !hmac) {
      return problem(name_, cat("secret ", i + 1, ": ", hmac.error().message));
    }
  }
  return {};
}

Result<void> Source::add_events() {
  std::vector<std::string> added = std::move(events_);
  events_.clear();
  for (const DocumentedEvent& event : preset_->events) events_.emplace_back(event.name);
  for (std::string& event : added) {
    if (!is_event_name(event)) {
      return problem(name_,
                     cat("'", printable(event, 80), "' cannot be part of a topic's name: an event name is 1 to ",
                         max_event_name, " characters of A-Z, a-z, 0-9, '.', '_' and '-': change sources[].events"));
    }
    if (std::find(events_.begin(), events_.end(), event) == events_.end()) events_.push_back(std::move(event));
  }
  if (events_.size() >= no_event) {
    return problem(name_, cat("it has ", events_.size(), " events and may have ", no_event - 1,
                              ": take some out of sources[].events"));
  }
  return {};
}

EventId Source::find_event(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (events_[i] == name) return static_cast<EventId>(i);
  }
  return no_event;
}

const std::string& Source::type(EventId event) const noexcept {
  HOOKFERRY_CHECK(event < types_.size());
  return types_[event];
}

std::string_view Source::signature_header() const noexcept {
  return preset_->signature_header;
}

const IdRule* Source::id_rule(EventId event) const noexcept {
  HOOKFERRY_CHECK(event < id_rules_.size());
  return id_rules_[event];
}

}  // namespace hookferry::senders
