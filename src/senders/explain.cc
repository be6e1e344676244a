#include "senders/explain.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "senders/digest.h"
#include "senders/explain_parts.h"
#include "senders/headers.h"
#include "senders/presets.h"

namespace hookferry::senders {
namespace {

/// A secret to try, and what would be wrong if it were the right one.
using Key = SecretVariant;

bool fits(const Digest& digest, const SignatureReading& reading) {
  if (reading.digest) return equal_in_constant_time(digest, *reading.digest);
  return hex(digest).starts_with(reading.part);
}

void append(std::vector<Finding>& out, const std::vector<Finding>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

/// The combination with the fewest things wrong that fits; the first of those.
std::optional<std::vector<Finding>> search(std::span<const SignatureReading> readings,
                                           std::span<const BodyVariant> bodies, std::span<const Key> keys) {
  std::optional<std::vector<Finding>> best;
  for (const Key& key : keys) {
    auto hmac = HmacSha256::make(key.value);
    if (!hmac) continue;
    for (const BodyVariant& body : bodies) {
      const Digest digest = hmac->digest(body.bytes);
      for (const SignatureReading& reading : readings) {
        const std::size_t wrong = reading.findings.size() + body.findings.size() + key.findings.size();
        if ((best && best->size() <= wrong) || !fits(digest, reading)) continue;
        best.emplace(body.findings);
        append(*best, reading.findings);
        append(*best, key.findings);
      }
    }
  }
  return best;
}

std::vector<Key> keys_of(const Source& source, std::span<const std::string> own, std::span<const KnownSecret> others) {
  std::vector<Key> keys;
  for (std::size_t i = 0; i < source.secrets().size(); ++i) {
    auto variants = secret_variants({own[i], source.secrets()[i]});
    std::ranges::move(variants, std::back_inserter(keys));
  }
  for (const KnownSecret& other : others) {
    keys.push_back({other.value,
                    {{"another secret",
                      cat("The signature is made with the secret in ", other.origin, ", which is not one of source ",
                          source.name(), "."),
                      "Send the request to that secret's source (its path, its --source), or put the right secret "
                      "where this source looks for it."}}});
  }
  keys.push_back({{},
                  {{"empty secret", "The signature is made with an empty secret.",
                    "The sender's (or the test's) secret is not set: look for a variable that is empty there."}}});
  return keys;
}

std::vector<std::string_view> values_of(std::span<const HeaderView> headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const HeaderView& header : headers) {
    if (same_header(header.first, name)) values.push_back(header.second);
  }
  return values;
}

/// Another header that has a signature that fits the body as it is.
std::optional<std::string> renamed_header(std::span<const HeaderView> headers, std::string_view body,
                                          std::span<const Key> keys) {
  const BodyVariant plain{std::string(body), {}};
  for (const HeaderView& header : headers) {
    const auto readings = read_signature(header.second);
    if (search(readings, {&plain, 1}, keys)) return std::string(header.first);
  }
  return std::nullopt;
}

/// The preset that signs in one of these headers.
const Preset* other_sender(std::span<const HeaderView> headers, const Source& source) {
  for (const std::string_view name : preset_names()) {
    const Preset* const preset = find_preset(name);
    if (preset->name != source.preset() && find_header(headers, preset->signature_header).count > 0) return preset;
  }
  return nullptr;
}

Finding missing(const Source& source, std::span<const HeaderView> headers, std::string_view body,
                std::span<const Key> keys) {
  const std::string_view name = source.signature_header();
  if (const Preset* const other = other_sender(headers, source)) {
    return {"another sender's request",
            cat("There is no ", name, " header, but ", other->signature_header, ": this is ", other->name, "'s."),
            cat("Use --source ", other->name, ", or send it to that source's path.")};
  }
  if (const auto renamed = renamed_header(headers, body, keys)) {
    return {"renamed signature header",
            cat("There is no ", name, " header; the signature stands in ", printable(*renamed, 80), "."),
            cat("Let it through under its own name, ", name, ".")};
  }
  std::string names;
  for (const HeaderView& header : headers) names.append(names.empty() ? "" : ", ").append(printable(header.first, 80));
  return {"signature missing", cat("There is no ", name, " header", names.empty() ? "" : cat(" among: ", names), "."),
          headers.empty() ? cat("Give the captured headers: --header '", name, ": …' (or --header @FILE).")
                          : std::string("Look for a proxy that drops unknown headers, or a request that is not the "
                                        "sender's.")};
}

Finding repeated(std::string_view name, std::span<const std::string_view> values) {
  const bool equal = std::ranges::all_of(values, [&](std::string_view value) { return value == values.front(); });
  return {"signature repeated",
          cat("The ", name, " header stands ", values.size(), " times, ",
              equal ? "with the same value" : "with different values", "; exactly one is taken."),
          "Look for a proxy that adds the header again, or for who else sets it."};
}

Finding wrong_secret(const Source& source, std::span<const std::string> own) {
  std::string origins;
  for (const std::string& origin : own) origins.append(origins.empty() ? "" : ", ").append(origin);
  return {"wrong secret",
          cat("The signature is well-formed, and fits neither this body nor any usual change of it under ",
              own.size() == 1 ? "the secret" : "one of the secrets", " in ", origins, "."),
          cat("Compare the secret with the one that ", source.preset(),
              " shows for this webhook: another account, another environment, a rotation that has not come here. "
              "If it is the right one, the body is not the one that was signed.")};
}

/// Nothing fits: what is odd about the signature and the body, and the secret as the suspect that is left.
std::vector<Finding> suspicions(const Source& source, std::span<const std::string> own,
                                std::span<const HeaderView> headers, std::string_view value, std::string_view body) {
  std::vector<Finding> findings;
  if (auto odd = odd_signature(value)) findings.push_back(std::move(*odd));
  append(findings, odd_body(headers, body));
  const bool only_style = findings.size() == 1 && findings.front().cause.starts_with("perhaps");
  if (findings.empty() || only_style) findings.insert(findings.begin(), wrong_secret(source, own));
  return findings;
}

}  // namespace

Explanation explain(const std::shared_ptr<const Source>& source, std::span<const std::string> own,
                    std::span<const KnownSecret> others, std::span<const HeaderView> headers, std::string_view body) {
  Explanation result;
  Verifier verifier(source);
  const auto verdict = verifier.verify(headers, body);
  if (const auto* const verified = std::get_if<VerifiedBody>(&verdict)) {
    result.verifies = true;
    result.secret = verified->secret();
    return result;
  }
  const std::vector<Key> keys = keys_of(*source, own, others);
  const auto values = values_of(headers, source->signature_header());
  if (values.empty()) {
    result.findings.push_back(missing(*source, headers, body, keys));
    result.certain = true;
    return result;
  }
  if (values.size() > 1) result.findings.push_back(repeated(source->signature_header(), values));
  const auto readings = read_signature(values.front());
  const auto found = search(readings, body_variants(body), keys);
  result.certain = found.has_value();
  append(result.findings, found ? *found : suspicions(*source, own, headers, values.front(), body));
  return result;
}

}  // namespace hookferry::senders
