#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "senders/explain_parts.h"

namespace hookferry::senders {
namespace {

constexpr std::size_t digits_of_digest = 2 * std::tuple_size_v<Digest>;
/// Fewer digits than that could fit by chance.
constexpr std::size_t fewest_digits = 8;

constexpr std::string_view expected = "64 lower-case hexadecimal digits and nothing else";

bool is_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

std::optional<Digest> digest_of(std::string_view hexadecimal) {
  Digest digest;
  if (!parse_hex(lower(hexadecimal), digest)) return std::nullopt;
  return digest;
}

Finding upper_case() {
  return {"upper case", "The signature is in upper-case hexadecimal digits; this sender's are lower case.",
          "Something on the way rewrites the header, or the request is not the sender's: pass the header on unchanged. "
          "In a test, sign in lower case."};
}

Finding base64_instead_of_hex() {
  return {"base64 instead of hex",
          cat("The signature is encoded in base64; this sender's is hexadecimal: ", expected, "."),
          "Sign with the hexadecimal digest: digest('hex') in Node, hexdigest() in Python, hex.EncodeToString in Go."};
}

Finding base64_of_hex() {
  return {"base64 of hex", cat("The signature is base64 of the hexadecimal digits; expected: ", expected, "."),
          "Encode once: send the hexadecimal digits as they are."};
}

Finding prefixed(std::string_view prefix) {
  return {"prefix",
          cat("The signature has '", printable(prefix, 40),
              "' before it; this sender's has nothing before it: ", expected, "."),
          "Send the digits alone. The prefix is other senders' custom (GitHub: sha256=): is this the right --source?"};
}

Finding quoted() {
  return {"quotes", "The signature stands in quotes.", "Send the digits alone."};
}

Finding listed(std::size_t count) {
  return {"several signatures in one header",
          cat("The header has ", count, " values, with commas between; expected: ", expected, "."),
          "A proxy that joins repeated headers does this: let it pass only what the sender sent."};
}

Finding truncated(std::size_t size) {
  return {"truncated signature", cat("The signature ends after ", size, " of 64 hexadecimal digits."),
          "Copy all of it; if the request came like that, look for what cuts headers on the way."};
}

Finding lengthened(std::size_t size) {
  return {"something after the signature",
          cat("The signature goes on after its 64 hexadecimal digits: ", size, " in all."), "Send the digits alone."};
}

std::vector<Finding> with(std::vector<Finding> findings, Finding finding) {
  findings.push_back(std::move(finding));
  return findings;
}

void read_hex(std::string_view text, const std::vector<Finding>& so_far, std::vector<SignatureReading>& out) {
  const bool lower_case = lower(text) == text;
  const auto findings = lower_case ? so_far : with(so_far, upper_case());
  if (text.size() == digits_of_digest) {
    out.push_back({digest_of(text), {}, findings});
  } else if (text.size() < digits_of_digest && text.size() >= fewest_digits) {
    out.push_back({std::nullopt, lower(text), with(findings, truncated(text.size()))});
  } else if (text.size() > digits_of_digest) {
    out.push_back({digest_of(text.substr(0, digits_of_digest)), {}, with(findings, lengthened(text.size()))});
  }
}

void read_base64(std::string_view text, const std::vector<Finding>& so_far, std::vector<SignatureReading>& out) {
  const auto bytes = parse_base64(text);
  if (!bytes) return;
  Digest digest;
  if (bytes->size() == digest.size()) {
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    out.push_back({digest, {}, with(so_far, base64_instead_of_hex())});
  } else if (const auto inner = digest_of(*bytes)) {
    out.push_back({inner, {}, with(so_far, base64_of_hex())});
  }
}

/// Up to a first '=' or ':' that something follows; empty: no prefix.
std::string_view prefix_of(std::string_view text) {
  const std::size_t at = text.find_first_of("=:");
  if (at > 24) return {};  // or none
  const std::string_view rest = text.substr(at + 1);
  return rest.find_first_not_of('=') == std::string_view::npos ? std::string_view() : text.substr(0, at + 1);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

void read_one(std::string_view text, std::vector<Finding> findings, std::vector<SignatureReading>& out) {
  text = trimmed(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
    findings.push_back(quoted());
  }
  if (text.starts_with("0x") || text.starts_with("0X")) {
    findings.push_back(prefixed(text.substr(0, 2)));
    text.remove_prefix(2);
  } else if (const std::string_view prefix = prefix_of(text); !prefix.empty()) {
    findings.push_back(prefixed(prefix));
    text = trimmed(text.substr(prefix.size()));
  }
  if (is_hex(text)) read_hex(text, findings, out);
  read_base64(text, findings, out);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::string_view algorithm_of(std::size_t bytes) {
  switch (bytes) {
    case 16:
      return "MD5";
    case 20:
      return "SHA-1";
    case 28:
      return "SHA-224";
    case 48:
      return "SHA-384";
    case 64:
      return "SHA-512";
    default:
      return {};
  }
}

}  // namespace

std::vector<SignatureReading> read_signature(std::string_view value) {
  std::vector<SignatureReading> readings;
  const auto parts = split(value);
  if (parts.size() == 1) {
    read_one(value, {}, readings);
  } else {
    for (const std::string_view part : parts) read_one(part, {listed(parts.size())}, readings);
  }
  return readings;
}

std::optional<Finding> odd_signature(std::string_view value) {
  if (trimmed(value).empty()) {
    return Finding{"empty signature", "The signature header is there, but has nothing in it.",
                   "Look at what sends it: a variable that is not set, or a proxy that empties the header."};
  }
  std::string_view text = trimmed(value);
  text.remove_prefix(prefix_of(text).size());
  const auto bytes = parse_base64(text);
  const std::string_view algorithm = algorithm_of(is_hex(text) ? text.size() / 2 : bytes ? bytes->size() : 0);
  if (!algorithm.empty()) {
    return Finding{"another algorithm",
                   cat("The signature is as long as one of HMAC-", algorithm,
                       "; this sender signs with HMAC-SHA256: ", expected, "."),
                   "Sign with SHA-256; if the request is another sender's, name that one as --source."};
  }
  const auto readings = read_signature(value);
  if (!readings.empty()) {
    if (readings.front().findings.empty()) return std::nullopt;
    return readings.front().findings.front();
  }
  return Finding{"not a signature",
                 cat("The header's value is no signature in any usual encoding; expected: ", expected, "."),
                 "Compare it with the sender's documentation; look for what rewrites headers on the way."};
}

}  // namespace hookferry::senders
