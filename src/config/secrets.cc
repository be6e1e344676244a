#include "config/secrets.h"

#include <algorithm>

#include "config/masking.h"

namespace hookferry::config {
namespace {

constexpr std::size_t most_secrets = 8;
constexpr std::size_t short_secret = 16;
constexpr std::size_t largest_secret = 64 << 10;
constexpr std::string_view how_to = "write {env: NAME} or {file: PATH}; a secret is never a plain value in the file";

/// A name or path for a message: only if it is written like one, since it may be the secret itself by mistake.
std::string origin_name(const std::string& kind, const std::string& name) {
  const bool usual = kind == "env" ? is_variable_name(name) : is_file_path(name);
  return usual ? cat(" ", name) : std::string();
}

void strip_line_break(std::string& value) {
  if (!value.ends_with('\n')) return;
  value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
}

std::optional<std::string> fetch_variable(const Node& node, const Key& key, const std::string& name) {
  std::optional<std::string> value = key.reading().environment.variable(name);
  if (!value) {
    key.error(node, cat("the environment variable", origin_name("env", name), " is not set: set it to the secret"));
  } else if (value->empty()) {
    key.error(node, cat("the environment variable", origin_name("env", name), " is empty: set it to the secret"));
    value.reset();
  }
  return value;
}

std::optional<std::string> fetch_file(const Node& node, const Key& key, const std::string& path) {
  Result<std::string> content = key.reading().environment.read_file(path);
  if (!content) {
    const std::string why = is_file_path(path) ? content.error().message : "cannot read the file that is named here";
    key.error(node, cat(why, ": put the secret there"));
    return std::nullopt;
  }
  strip_line_break(*content);
  if (content->empty()) {
    key.error(node, cat("the file", origin_name("file", path), " is empty: put the secret there"));
  } else if (content->size() > largest_secret) {
    key.error(node, cat("the file", origin_name("file", path), " is larger than ", human_size(largest_secret),
                        ": this is no secret"));
  } else {
    return *content;
  }
  return std::nullopt;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

bool is_blank_ended(const std::string& value) {
  return is_blank(value.front()) || is_blank(value.back());
}

std::string blank_warning(const Secret& secret) {
  return cat("the secret in ", secret.origin, " begins or ends with white space, which is taken as part of it");
}

std::optional<std::vector<Secret>> read_secrets(const Node& node, const Key& key) {
  std::vector<Secret> secrets;
  if (node.kind == Node::Kind::scalar) {
    key.error(node,
              "write a list, such as [{env: NAME}] or [{file: PATH}]; a secret is never a plain value in the file");
    return std::nullopt;
  }
  if (node.kind == Node::Kind::null || (node.kind == Node::Kind::sequence && node.items.empty())) {
    key.error(node, "is empty: it needs a secret, such as [{env: NAME}]");
    return std::nullopt;
  }
  if (!expect(Node::Kind::sequence, node, key, "a list, such as [{env: NAME}]")) return std::nullopt;
  if (node.items.size() > most_secrets) {
    key.error(node, cat("has ", node.items.size(), " secrets: at most ", most_secrets));
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Key item = key.item(i);
    item.found_at(node.items[i].place);
    std::optional<Secret> secret = read_reference(node.items[i], item);
    if (!secret) {
      secrets.push_back({});  // keeps its position, so that later problems have the right place
      continue;
    }
    for (const std::string& warning : secret_warnings(*secret)) item.warning(node.items[i], warning);
    secrets.push_back(std::move(*secret));
  }
  return secrets;
}

/// Whether a librdkafka property holds a secret, rather than the place of one or something public.
bool is_secret_property(std::string_view name) {
  for (const std::string_view ending : {".location", ".url", ".file", ".keytab"}) {
    if (name.ends_with(ending)) return false;
  }
  for (const std::string_view part : {"password", "passphrase", "secret", "key.pem", "token"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

/// The value of one property; nothing, and reported, where it has none.
std::optional<Secret> read_property(const std::string& name, const Node& node, const Key& key) {
  if (node.kind == Node::Kind::map) {
    std::optional<Secret> secret = read_reference(node, key);
    if (secret && is_blank_ended(secret->value)) key.warning(node, blank_warning(*secret));
    return secret;
  }
  if (is_secret_property(name) && node.kind != Node::Kind::refused) {
    key.error(node, cat(how_to, " (or pass -X ", name, "=VALUE when trying out)"));
    return std::nullopt;
  }
  if (!expect(Node::Kind::scalar, node, key, "a single value, {env: NAME} or {file: PATH}")) return std::nullopt;
  return Secret{{}, node.text};
}

/// The value of a property that is a secret; nothing, and reported, where it has none.
std::optional<Secret> read_secret_property(const std::string&, const Node& node, const Key& key) {
  std::optional<Secret> secret = read_reference(node, key);
  if (secret && is_blank_ended(secret->value)) key.warning(node, blank_warning(*secret));
  return secret;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;
using SecretPairs = std::vector<std::pair<std::string, Secret>>;

/// A map of properties, each read by `read_value` and checked by who knows librdkafka.
std::optional<SecretPairs> read_properties(const Node& node, const Key& key, decltype(&read_property) read_value) {
  SecretPairs pairs;
  if (node.kind == Node::Kind::null) return pairs;
  if (!expect(Node::Kind::map, node, key, "a map of librdkafka's properties")) return std::nullopt;
  for (const Entry& entry : unique_entries(node, key)) {
    const std::string& name = entry.key.text;
    const Key member = key.member(shown(name));
    std::optional<Secret> value = read_value(name, entry.value, member);
    if (!value) continue;
    member.found_at(entry.key.place);
    if (const auto check = key.reading().validators.kafka_property) {
      std::string problem = check(name, value->value);
      const bool reference = !value->origin.empty();
      const bool tells = reference && problem.find(value->value) != std::string::npos;
      if (!problem.empty()) member.error(entry.key, tells ? "librdkafka does not take the value" : problem);
    }
    pairs.emplace_back(name, std::move(*value));
  }
  return pairs;
}

template <class T>
std::string written_map(const std::vector<std::pair<std::string, T>>& pairs) {
  return pairs.empty() ? "{}" : std::string();
}

}  // namespace

std::optional<Secret> read_reference(const Node& node, const Key& key) {
  if (node.kind == Node::Kind::refused) return std::nullopt;
  const bool one_entry = node.kind == Node::Kind::map && node.entries.size() == 1;
  const Node nothing;
  const Node& kind = one_entry ? node.entries.front().key : nothing;
  const Node& name = one_entry ? node.entries.front().value : nothing;
  if ((kind.text != "env" && kind.text != "file") || name.kind != Node::Kind::scalar || name.text.empty()) {
    if (name.kind != Node::Kind::refused) key.error(node, how_to);
    return std::nullopt;
  }
  // A NUL would end the name for the operating system.
  if (name.text.find('\0') != std::string::npos) {
    key.error(node, how_to);
    return std::nullopt;
  }
  std::optional<std::string> value =
      kind.text == "env" ? fetch_variable(name, key, name.text) : fetch_file(name, key, name.text);
  if (!value) return std::nullopt;
  return Secret{cat(kind.text, " ", printable(name.text)), std::move(*value)};
}

std::optional<Secret> read_variable(const std::string& name, const Environment& environment) {
  std::optional<std::string> value = environment.variable(name);
  if (!value || value->empty()) return std::nullopt;
  return Secret{cat("env ", name), std::move(*value)};
}

std::vector<std::string> secret_warnings(const Secret& secret) {
  std::vector<std::string> warnings;
  const std::string& value = secret.value;
  if (value.size() < short_secret) {
    warnings.push_back(cat("the secret in ", secret.origin, " is weak: shorter than ", short_secret, " bytes"));
  } else if (std::all_of(value.begin(), value.end(), [&](char c) { return c == value.front(); })) {
    warnings.push_back(cat("the secret in ", secret.origin, " is weak: one character over and over"));
  }
  if (is_blank_ended(value)) warnings.push_back(blank_warning(secret));
  return warnings;
}

Format<std::vector<Secret>> secret_list() {
  return {"a list of references to secrets", cat("1 to ", most_secrets, " of {env: NAME} or {file: PATH}"),
          read_secrets, [](const std::vector<Secret>&) { return std::string(); }};
}

Format<Pairs> kafka_properties() {
  const auto read = [](const Node& node, const Key& key) -> std::optional<Pairs> {
    const std::optional<SecretPairs> read_pairs = read_properties(node, key, read_property);
    if (!read_pairs) return std::nullopt;
    Pairs pairs;
    for (const auto& [name, value] : *read_pairs) pairs.emplace_back(name, value.value);
    return pairs;
  };
  return {"a map of librdkafka's properties", {}, read, written_map<std::string>};
}

Format<SecretPairs> kafka_secrets() {
  const auto read = [](const Node& node, const Key& key) { return read_properties(node, key, read_secret_property); };
  return {"a map of librdkafka's properties", "each {env: NAME} or {file: PATH}", read, written_map<Secret>};
}

}  // namespace hookferry::config
