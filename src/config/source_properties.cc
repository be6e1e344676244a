#include "config/source_properties.h"

#include <algorithm>

#include "base/text.h"
#include "config/masking.h"
#include "config/property.h"
#include "config/secrets.h"
#include "config/topic_names.h"
#include "senders/source.h"

namespace hookferry::config {
namespace {

constexpr std::size_t most_sources = 64;
constexpr std::size_t most_events = 256;
constexpr std::size_t longest_path = 200;
constexpr std::size_t longest_attribute = 1024;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string check_name(std::string_view text) {
  const bool allowed = std::all_of(text.begin(), text.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (allowed && !text.empty() && text.size() <= 32) return {};
  return cat(quote(text), " is not a source name: 1 to 32 of a-z, 0-9 and '-'");
}

std::string preset_list() {
  std::string names;
  for (const std::string_view name : senders::preset_names()) names += cat(names.empty() ? "" : " | ", name);
  return names;
}

std::string check_preset(std::string_view text) {
  const std::vector<std::string_view> names = senders::preset_names();
  if (std::find(names.begin(), names.end(), text) != names.end()) return {};
  return cat(quote(text), " is not a preset: one of ", preset_list());
}

/// Only characters that no proxy or client rewrites, so that the path that is registered is the path that arrives.
std::string check_path(std::string_view text) {
  const auto allowed = [](char c) {
    return is_letter_or_digit(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
  };
  const std::string framed = cat(text, "/");
  const bool dots = framed.find("/./") != std::string::npos || framed.find("/../") != std::string::npos;
  const bool empty_segment = text.find("//") != std::string_view::npos;
  if (!text.starts_with('/')) return cat(quote(text), " is not a path: it begins with '/'");
  if (text.size() > longest_path) return cat("is longer than ", longest_path, " characters");
  if (!std::all_of(text.begin(), text.end(), allowed) || dots || empty_segment) {
    return cat(quote(text),
               " is not a path to listen on: '/' and segments of letters, digits, '-', '.', '_' and '~'; no query, ",
               "fragment, percent-encoding, '//', '/./' or '/../'");
  }
  return {};
}

/// RFC 3986 allows these characters in a URI-reference, which CloudEvents wants here.
std::string check_uri(std::string_view text) {
  const auto allowed = [](char c) {
    return is_letter_or_digit(c) || std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && text.size() <= longest_attribute && std::all_of(text.begin(), text.end(), allowed)) return {};
  return cat(quote(text), " is not a URI of 1 to ", longest_attribute, " characters");
}

std::string check_type(std::string_view text) {
  std::string rest(text);
  for (std::size_t at = rest.find("{event}"); at != std::string::npos; at = rest.find("{event}"))
    rest.replace(at, 7, "x");
  const auto allowed = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("{}\"\\").find(c) == std::string_view::npos;
  };
  if (!rest.empty() && text.size() <= longest_attribute && std::all_of(rest.begin(), rest.end(), allowed)) return {};
  return cat(quote(text), " is not an event type: printable characters without spaces, and {event}");
}

void require(const Node& item, const Key& key, std::string_view member, std::string_view what) {
  if (item.find(member) == nullptr) key.error(item, cat("has no ", member, ": ", what));
}

std::optional<Source> read_source(const Node& node, const Key& key) {
  if (!expect(Node::Kind::map, node, key, "a map of a source's keys")) return std::nullopt;
  Source source;
  read_map(node, key, {}, source_properties(), source);
  require(node, key, "name", "write name: NAME, which labels it and begins its topics' names");
  require(node, key, "preset", cat("write preset: ", preset_list()));
  const std::string_view variable = senders::preset_secret_variable(source.preset);
  require(node, key, "secrets", cat("write secrets: [{env: ", variable.empty() ? "NAME" : variable, "}]"));
  if (source.path.empty() && !source.name.empty()) source.path = default_path(source.name);
  return source;
}

/// The member of a source as the place of a value.
template <class T>
Field<Source, T> at(T Source::*member) {
  return [member](Source& source) -> T& { return source.*member; };
}

}  // namespace

std::string default_path(const std::string& name) {
  return cat("/webhooks/", name);
}

Format<std::vector<Source>> source_list() {
  Format<Source> source{"sources", {}, read_source, [](const Source&) { return std::string(); }};
  Format<std::vector<Source>> sources = list(std::move(source), most_sources);
  sources.allowed = cat("1 to ", most_sources);
  sources.write = [](const std::vector<Source>&) { return std::string(); };
  return sources;
}

Table<Source> source_properties() {
  return {
      {"name", at(&Source::name), text("a name", "1 to 32 of a-z, 0-9 and '-'", check_name),
       "Required. Labels the source in metrics and the log, and begins its topics' names. It is part of what the ids "
       "of its events are made of: after a change, an event that is sent again is taken for a new one."},
      {"preset", at(&Source::preset), text("one of", preset_list(), check_preset),
       "Required. The sender: how it signs, and what its events are named, identified and carried by."},
      {"path", at(&Source::path),
       text("a path", "'/' and segments of letters, digits, '-', '.', '_' and '~'", check_path),
       "Where the sender posts to; `/webhooks/NAME` where it is not given. Each source has its own. Change it when a "
       "path is already registered with the sender."},
      {"secrets", at(&Source::secrets), secret_list(),
       "Required. What the sender signs with: `{env: NAME}` is an environment variable, `{file: PATH}` a file, of "
       "which one line break at the end is left out. A signature by any of them is right: to rotate, add the new one, "
       "change it at the sender, then remove the old one."},
      {"events", at(&Source::events),
       list(text("event names", "letters, digits, '.', '_' and '-'", check_event_name), most_events),
       "Added to the preset's own event names. Other events are authentic but unknown, and go to the quarantine topic: "
       "add a name here when the sender has a new one."},
      {"source_uri", at(&Source::source_uri), text("a URI", "1 to 1024 characters", check_uri),
       "The CloudEvents `source` attribute; the preset's own where it is not given. Change it when consumers have to "
       "tell two accounts of one sender apart."},
      {"type", at(&Source::type), text("a text", "may contain {event}", check_type),
       "The CloudEvents `type` attribute; `PRESET.{event}` where it is not given, so that two accounts of one sender "
       "give one type. `{event}` is the event's name."},
      {"allow", at(&Source::allow), networks(),
       "Where the sender's requests may come from; anywhere where it is empty. Others are told what a wrong signature "
       "is told, 401, and counted as `address_denied`. The address is the one that connects, or what "
       "`http.trusted_proxies` say."},
  };
}

}  // namespace hookferry::config
