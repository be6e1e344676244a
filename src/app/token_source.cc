#include "app/token_source.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "http/client.h"
#include "senders/json_tree.h"

namespace hookferry::app {
namespace {

constexpr Duration patience = std::chrono::seconds(5);
constexpr Duration longest_fetch = 2 * patience;
/// Where a token server does not say, and a token is no JWT.
constexpr std::chrono::seconds usual_life = std::chrono::minutes(5);
/// A time that is farther away may be none that can be computed with.
constexpr std::chrono::seconds longest_life = std::chrono::hours(24 * 365);

/// Whole seconds; a fraction is cut off.
std::optional<std::int64_t> number_of(const senders::JsonNode* node) {
  if (node == nullptr) return std::nullopt;
  std::int64_t value = 0;
  // Some servers write a number as a string.
  const auto [end, status] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
  return status == std::errc() && end != node->text.data() ? std::optional(value) : std::nullopt;
}

std::string text_of(const senders::JsonNode& object, std::string_view name) {
  const senders::JsonNode* const member = object.find(name);
  return member == nullptr ? std::string() : member->string().value_or("");
}

struct Claims {
  std::optional<WallTime> expires;
  std::string subject;
};

/// What a JWT says of itself; nothing of what is none. Kafka verifies it, not we.
Claims read_claims(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  const auto payload = parse_base64(token.substr(first + 1, second - first - 1));
  const auto json = payload ? senders::parse_json(*payload) : std::nullopt;
  if (!json) return {};
  Claims claims;
  claims.subject = text_of(*json, "sub");
  if (const auto expires = number_of(json->find("exp"))) {
    const auto farthest = (std::chrono::system_clock::now() + longest_life).time_since_epoch();
    const auto seconds =
        std::clamp<std::int64_t>(*expires, 0, std::chrono::duration_cast<std::chrono::seconds>(farthest).count());
    claims.expires = WallTime(std::chrono::seconds(seconds));
  }
  return claims;
}

std::string first_of(std::string first, std::string_view second) {
  return first.empty() ? std::string(second) : std::move(first);
}

kafka::Token make_token(const config::OAuth& oauth, std::string value, WallTime expires, std::string subject) {
  return {std::move(value),
          expires,
          first_of(first_of(std::move(subject), oauth.client_id), "hookferry"),
          {oauth.extensions.begin(), oauth.extensions.end()}};
}

/// application/x-www-form-urlencoded. What RFC 3986 leaves as it is stays, so that a server that does not decode the id
/// and the secret, as some do not, sees most of them as they are.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.push_back('%');
      constexpr std::string_view digits = "0123456789ABCDEF";
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

/// What the server says is wrong: RFC 6749, section 5.2.
std::string refusal(int status, const std::optional<senders::JsonNode>& answer) {
  std::string out = cat("answered ", status);
  if (!answer) return out;
  for (const std::string_view name : {"error", "error_description"}) {
    if (const std::string text = text_of(*answer, name); !text.empty()) out += cat(": ", printable(text, 200));
  }
  return out;
}

class TokenServer final : public kafka::TokenSource {
 public:
  explicit TokenServer(config::OAuth oauth) : oauth_(std::move(oauth)) {}

  Result<kafka::Token> fetch() override {
    const auto url = http::parse_url(oauth_.token_url);
    if (!url) return error(cat("kafka.oauth.token_url: ", url.error().message));
    http::Client client(url->server, patience, http::Trust{.issuers = oauth_.ca.path});
    client.bound(longest_fetch);
    const auto answer = client.post(url->path.empty() ? "/" : url->path, token_request(oauth_),
                                    {{"Authorization", token_authorization(oauth_)}, {"Accept", "application/json"}},
                                    "application/x-www-form-urlencoded");
    if (!answer) return error(cat("kafka.oauth.token_url: ", answer.error().message));
    return read_token_answer(oauth_, answer->status, answer->body, std::chrono::system_clock::now());
  }

 private:
  const config::OAuth oauth_;
};

class TokenFile final : public kafka::TokenSource {
 public:
  explicit TokenFile(config::OAuth oauth) : oauth_(std::move(oauth)) {}

  Result<kafka::Token> fetch() override {
    const auto content = config::SystemEnvironment().read_file(oauth_.token_file.path);
    if (!content) return error(cat("kafka.oauth.token_file: ", content.error().message));
    return read_token_file(oauth_, *content);
  }

 private:
  const config::OAuth oauth_;
};

}  // namespace

std::unique_ptr<kafka::TokenSource> token_source(const config::OAuth& oauth) {
  if (oauth.token_url.empty()) return std::make_unique<TokenFile>(oauth);
  return std::make_unique<TokenServer>(oauth);
}

std::shared_ptr<kafka::Tokens> make_tokens(const config::Kafka& kafka) {
  if (!kafka.oauth.used() || kafka.embedded) return nullptr;
  return std::make_shared<kafka::Tokens>(token_source(kafka.oauth));
}

std::string token_request(const config::OAuth& oauth) {
  std::string body = "grant_type=client_credentials";
  if (!oauth.scope.empty()) body += cat("&scope=", encoded(oauth.scope));
  return body;
}

std::string token_authorization(const config::OAuth& oauth) {
  std::string out = "Basic ";
  append_base64(out, cat(encoded(oauth.client_id), ":", encoded(oauth.client_secret.value)));
  return out;
}

Result<kafka::Token> read_token_answer(const config::OAuth& oauth, int status, std::string_view body, WallTime now) {
  const auto fail = [&](std::string_view what) {
    return error(cat("kafka.oauth.token_url ", printable(oauth.token_url), " ", what));
  };
  const auto answer = senders::parse_json(body);
  if (status != 200) {
    return fail(cat(refusal(status, answer), ": check kafka.oauth.client_id, client_secret and scope"));
  }
  std::string value = answer ? text_of(*answer, "access_token") : std::string();
  if (value.empty()) return fail("answered 200 without an access_token: is it the address of a token server?");
  Claims claims = read_claims(value);
  const std::int64_t life = number_of(answer->find("expires_in")).value_or(usual_life.count());
  const WallTime said = now + std::chrono::seconds(std::clamp<std::int64_t>(life, 0, longest_life.count()));
  const bool from_answer = answer->find("expires_in") != nullptr || !claims.expires;
  return make_token(oauth, std::move(value), from_answer ? said : *claims.expires, std::move(claims.subject));
}

Result<kafka::Token> read_token_file(const config::OAuth& oauth, std::string_view content) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = std::min(content.find_first_not_of(blanks), content.size());
  const std::string_view value = content.substr(begin, content.find_last_not_of(blanks) + 1 - begin);
  Claims claims = read_claims(value);
  if (claims.expires) return make_token(oauth, std::string(value), *claims.expires, std::move(claims.subject));
  return error(
      cat("kafka.oauth.token_file: what ", oauth.token_file.path, " holds is no JWT that says when it ends (exp)"));
}

}  // namespace hookferry::app
