#include "config/values.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "config/masking.h"

namespace hookferry::config {
namespace {

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "a single value";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::refused:
      break;
  }
  return "something else";
}

/// The value of a text that this program itself has written.
template <class T>
T known(const Result<T>& parsed) {
  HOOKFERRY_CHECK(parsed.has_value());
  return *parsed;
}

/// base/units.h and base/network.h quote what they could not read: not if that looks like a secret.
std::string without_secret(std::string message, std::string_view text) {
  const std::string shown = cat("'", printable(text, 40), "'");
  const std::size_t at = message.find(shown);
  if (at != std::string::npos) message.replace(at, shown.size(), quote(text));
  return message;
}

template <class T>
Format<T> between(std::string type, std::string_view least, std::string_view most, Result<T> (*parse)(std::string_view),
                  std::string (*write)(T)) {
  const T lower = known(parse(least));
  const T upper = known(parse(most));
  const std::string allowed = cat(least, " to ", most);
  const auto read = [=](const Node& node, const Key& key) -> std::optional<T> {
    if (!expect(Node::Kind::scalar, node, key, type)) return std::nullopt;
    const Result<T> value = parse(node.text);
    if (!value) {
      key.error(node, without_secret(value.error().message, node.text));
    } else if (*value < lower || *value > upper) {
      key.error(node, cat(node.text, " is out of range: ", allowed));
    } else {
      return *value;
    }
    return std::nullopt;
  };
  return {std::move(type), allowed, read, [write](const T& value) { return write(value); }};
}

template <class T>
std::optional<T> read_number(const Node& node, const Key& key, T least, T most, std::string_view wanted,
                             std::string_view allowed) {
  if (!expect(Node::Kind::scalar, node, key, wanted)) return std::nullopt;
  T value{};
  const char* end = node.text.data() + node.text.size();
  const auto [stop, status] = std::from_chars(node.text.data(), end, value);
  const bool whole = stop == end && node.plain && status != std::errc::invalid_argument;
  if (!whole) {
    key.error(node, cat(quote(node.text), " is not ", wanted, node.plain ? "" : ": write it without quotes"));
  } else if (status != std::errc() || value < least || value > most) {
    key.error(node, cat(shown(node.text), " is out of range: ", allowed));
  } else {
    return value;
  }
  return std::nullopt;
}

}  // namespace

bool expect(Node::Kind kind, const Node& node, const Key& key, std::string_view wanted) {
  if (node.kind == kind) return true;
  if (node.kind == Node::Kind::refused) return false;
  if (node.kind == Node::Kind::null) {
    key.error(node, cat("has no value: give it ", wanted, ", or remove the key"));
  } else {
    key.error(node, cat("must be ", wanted, ", and is ", kind_name(node.kind)));
  }
  return false;
}

std::vector<std::reference_wrapper<const Entry>> unique_entries(const Node& map, const Key& key) {
  std::vector<std::reference_wrapper<const Entry>> entries;
  std::map<std::string_view, int> lines;
  for (const Entry& entry : map.entries) {
    if (entry.key.kind == Node::Kind::refused) continue;
    if (entry.key.kind != Node::Kind::scalar) {
      key.error(entry.key, "a key must be a word");
      continue;
    }
    const auto [first, is_new] = lines.emplace(entry.key.text, entry.key.place.line + 1);
    if (is_new) {
      entries.emplace_back(entry);
    } else {
      key.member(shown(entry.key.text)).error(entry.key, cat("given twice: first on line ", first->second));
    }
  }
  return entries;
}

Format<std::string> text(std::string type, std::string allowed, const TextCheck& check) {
  const auto read = [type, check](const Node& node, const Key& key) -> std::optional<std::string> {
    if (!expect(Node::Kind::scalar, node, key, type)) return std::nullopt;
    const std::string problem = check(node.text);
    if (problem.empty()) return node.text;
    key.error(node, problem);
    return std::nullopt;
  };
  const auto write = [](const std::string& value) -> std::string {
    if (value.empty()) return {};
    // Plain, it would be something else.
    const bool begins = std::string_view("[]{}#&*!|>'\"%@`:-?").find(value.front()) != std::string_view::npos;
    const bool has = value.find_first_of("[]{},\"") != std::string::npos || value.find(": ") != std::string::npos;
    return begins || has ? cat("\"", value, "\"") : value;
  };
  return {std::move(type), std::move(allowed), read, write};
}

Format<std::uint64_t> size(std::string_view least, std::string_view most) {
  return between<std::uint64_t>("a size", least, most, parse_size, format_size);
}

Format<Duration> duration(std::string_view least, std::string_view most) {
  return between<Duration>("a duration", least, most, parse_duration, format_duration);
}

Format<std::uint64_t> count(std::uint64_t least, std::uint64_t most) {
  const std::string allowed = cat(least, " to ", most);
  const auto read = [=](const Node& node, const Key& key) {
    return read_number<std::uint64_t>(node, key, least, most, "a whole number", allowed);
  };
  return {"a whole number", allowed, read, [](const std::uint64_t& value) { return cat(value); }};
}

Format<int> number(int least, int most) {
  const std::string allowed = cat(least, " to ", most);
  const auto read = [=](const Node& node, const Key& key) {
    return read_number<int>(node, key, least, most, "a whole number", allowed);
  };
  return {"a whole number", allowed, read, [](const int& value) { return cat(value); }};
}

Format<int> number_or(const std::string& word, int meaning, int least, int most) {
  const std::string wanted = cat(word, " or a whole number");
  const std::string allowed = cat(word, ", or ", least, " to ", most);
  const auto read = [=](const Node& node, const Key& key) -> std::optional<int> {
    if (node.kind == Node::Kind::scalar && node.text == word) return meaning;
    return read_number<int>(node, key, least, most, wanted, allowed);
  };
  const auto write = [=](const int& value) { return value == meaning ? word : cat(value); };
  return {"a whole number", allowed, read, write};
}

Format<bool> boolean() {
  Format<bool> format = choice<bool>({{"true", true}, {"false", false}});
  format.read = [](const Node& node, const Key& key) -> std::optional<bool> {
    if (!expect(Node::Kind::scalar, node, key, "true or false")) return std::nullopt;
    if (node.plain && node.text == "true") return true;
    if (node.plain && node.text == "false") return false;
    key.error(node, cat(quote(node.text), " is not true or false", node.plain ? "" : ": write it without quotes"));
    return std::nullopt;
  };
  return format;
}

Format<std::vector<Network>> networks() {
  const auto read = [](const Node& node, const Key& key) -> std::optional<Network> {
    if (!expect(Node::Kind::scalar, node, key, "an IP address or network")) return std::nullopt;
    const Result<Network> network = Network::parse(node.text);
    if (network) return *network;
    key.error(node, without_secret(network.error().message, node.text));
    return std::nullopt;
  };
  const auto write = [](const Network& network) { return cat("\"", network.text(), "\""); };
  return list<Network>({"networks", "CIDRs such as 203.0.113.0/24 and \"2001:db8::/32\", or addresses", read, write},
                       256);
}

Format<std::map<std::string, std::string>> text_map(std::string type, const TextCheck& check) {
  const auto read = [type, check](const Node& node,
                                  const Key& key) -> std::optional<std::map<std::string, std::string>> {
    std::map<std::string, std::string> values;
    if (node.kind == Node::Kind::null) return values;
    if (!expect(Node::Kind::map, node, key, type)) return std::nullopt;
    for (const Entry& entry : unique_entries(node, key)) {
      const Key member = key.member(shown(entry.key.text));
      if (!expect(Node::Kind::scalar, entry.value, member, "a single value")) continue;
      member.found_at(entry.value.place);
      const std::string problem = check(entry.key.text);
      if (!problem.empty()) key.error(entry.key, problem);
      values.emplace(entry.key.text, entry.value.text);
    }
    return values;
  };
  const auto write = [](const std::map<std::string, std::string>& values) -> std::string {
    std::string out;
    for (const auto& [name, value] : values) out += cat(out.empty() ? "" : ", ", name, ": ", value);
    return cat("{", out, "}");
  };
  return {std::move(type), {}, read, write};
}

}  // namespace hookferry::config
