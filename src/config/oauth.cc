#include "config/oauth.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "config/check.h"
#include "config/masking.h"
#include "config/secrets.h"

namespace hookferry::config {
namespace {

std::optional<std::string> read_url(const Node& node, const Key& key) {
  if (!expect(Node::Kind::scalar, node, key, "a URL")) return std::nullopt;
  const auto check = key.reading().validators.url;
  const std::string problem = check == nullptr ? std::string() : check(node.text);
  if (problem.empty()) return node.text;
  key.error(node, problem.find(shown(node.text)) == std::string::npos ? "is no http or https URL" : problem);
  return std::nullopt;
}

std::optional<TokenFile> read_token_file(const Node& node, const Key& key) {
  if (!expect(Node::Kind::scalar, node, key, "the path of a file")) return std::nullopt;
  const std::string& path = node.text;
  if (!is_file_path(path)) {
    key.error(node, "write the whole path of a file with a token, such as /var/run/secrets/tokens/kafka");
    return std::nullopt;
  }
  Result<std::string> content = key.reading().environment.read_file(path);
  if (!content) {
    key.error(node, cat(content.error().message, ": put a token there, for the user that hookferry runs as to read"));
    return std::nullopt;
  }
  if (content->find_first_not_of(" \t\r\n") == std::string::npos) {
    key.error(node, cat("the file ", path, " is empty: put a token there"));
    return std::nullopt;
  }
  return TokenFile{path, std::move(*content)};
}

/// RFC 7628, section 3.1: the name of one is letters, and that of the token's own is taken.
std::string check_extension(std::string_view name) {
  const bool letters =
      !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isalpha(c) != 0 && c < 0x80; });
  if (letters && name != "auth") return {};
  return cat(quote(name), " is no name of a SASL extension: letters, such as logicalCluster");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// The property of that name, wherever it stands.
const std::string* find_property(const Kafka& kafka, std::string_view name) {
  for (const auto& [property, value] : kafka.properties) {
    if (property == name) return &value;
  }
  for (const auto& [property, secret] : kafka.secrets) {
    if (property == name) return &secret.value;
  }
  return nullptr;
}

/// Whether librdkafka is told to get tokens by itself.
bool has_own_tokens(const Kafka& kafka) {
  return find_property(kafka, "sasl.oauthbearer.method") != nullptr ||
         find_property(kafka, "enable.sasl.oauthbearer.unsecure.jwt") != nullptr;
}

/// sasl.mechanism in lower case, under either of its names; empty where it is not set.
std::string mechanism(const Kafka& kafka) {
  for (const std::string_view name : {"sasl.mechanism", "sasl.mechanisms"}) {
    if (const std::string* const value = find_property(kafka, name)) return lower(*value);
  }
  return {};
}

/// Which of the two ways it is, and that nothing of it is missing.
void check_way(const OAuth& oauth, const Reading& reading) {
  const auto given = [&](std::string_view key) { return reading.places.contains(cat("kafka.oauth.", key)); };
  const auto fail = [&](std::string_view key, std::string_view what) {
    reading.problems.error(where_of(reading, {cat("kafka.oauth.", key), "kafka.oauth"}),
                           cat("kafka.oauth.", key, what));
  };
  if (given("token_url") && given("token_file")) {
    fail("token_file", ": tokens come from token_url or from token_file: keep one of them");
  } else if (!given("token_url") && !given("token_file")) {
    fail("token_url", " is missing: write where tokens are issued, or token_file: PATH");
  } else if (given("token_url")) {
    for (const std::string_view needed : {"client_id", "client_secret"}) {
      if (!given(needed)) fail(needed, " is missing: token_url issues tokens to a client that it knows");
    }
  } else {
    for (const std::string_view other : {"client_id", "client_secret", "scope", "ca"}) {
      if (given(other)) fail(other, " goes with token_url, and there is token_file");
    }
  }
  const std::string_view url = oauth.token_url;
  const bool local = url.starts_with("http://127.") || url.starts_with("http://localhost") ||
                     url.starts_with("http://[::1]") || url.starts_with("https://");
  if (!url.empty() && !local) {
    reading.problems.warning(where_of(reading, {"kafka.oauth.token_url"}),
                             "kafka.oauth.token_url: whoever is on the way can read the client's secret: use https");
  }
}

void check_login(const Kafka& kafka, const Reading& reading) {
  const Where where = where_of(reading, {"kafka.oauth"});
  const std::string* const protocol = find_property(kafka, "security.protocol");
  if (protocol == nullptr || !lower(*protocol).starts_with("sasl_")) {
    reading.problems.error(where,
                           "kafka.oauth: set security.protocol in kafka.properties to SASL_SSL, or within a "
                           "trusted network to SASL_PLAINTEXT");
  }
  if (const std::string other = mechanism(kafka); !other.empty() && other != "oauthbearer") {
    reading.problems.error(where,
                           "kafka.oauth: sasl.mechanism in kafka.properties is another one: remove it, or set it to "
                           "OAUTHBEARER");
  }
  if (has_own_tokens(kafka)) {
    reading.problems.error(where,
                           "kafka.oauth: kafka.properties has sasl.oauthbearer.method or "
                           "enable.sasl.oauthbearer.unsecure.jwt as well, by which librdkafka gets tokens: keep "
                           "one of them");
  }
}

}  // namespace

Format<std::string> url() {
  return {"a URL", "http or https", read_url, [](const std::string& value) { return value; }};
}

Format<Secret> secret_reference() {
  return {"a reference to a secret", "{env: NAME} or {file: PATH}", read_reference,
          [](const Secret&) { return std::string(); }};
}

Format<TokenFile> token_file() {
  return {"a file", "its path", read_token_file, [](const TokenFile&) { return std::string(); }};
}

Format<std::map<std::string, std::string>> sasl_extensions() {
  Format<std::map<std::string, std::string>> format = text_map("a map of SASL extensions", check_extension);
  format.write = [](const auto&) { return std::string(); };
  return format;
}

void check_oauth(const Config& config, const Reading& reading) {
  const Kafka& kafka = config.kafka;
  if (reading.places.contains("kafka.oauth")) {
    check_way(kafka.oauth, reading);
    if (!kafka.embedded) check_login(kafka, reading);
  } else if (!kafka.embedded && mechanism(kafka) == "oauthbearer" && !has_own_tokens(kafka)) {
    reading.problems.error(
        where_of(reading, {"kafka.properties.sasl.mechanism", "kafka.properties.sasl.mechanisms", "kafka.properties"}),
        "kafka.properties: sasl.mechanism OAUTHBEARER needs kafka.oauth, which says where tokens come from");
  }
}

}  // namespace hookferry::config
