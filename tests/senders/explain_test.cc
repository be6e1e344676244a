#include "senders/explain.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "base/base64.h"
#include "base/text.h"
#include "senders/json_tree.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view secret = "glossi-test-secret";
constexpr std::string_view header = "X-Glossi-Signature";

std::string sample() {
  return std::string(preset_sample("glossi", "job.complete"));
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string base64_of(std::string_view hexadecimal, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  EXPECT_TRUE(parse_hex(hexadecimal, bytes));
  std::string out;
  append_base64(out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return out;
}

Explanation explained(const std::vector<HeaderView>& headers, std::string_view body,
                      std::vector<std::string> secrets = {std::string(secret)},
                      std::vector<KnownSecret> others = {{"env MESHQA_WEBHOOK_SECRET", "meshqa-test-secret"}}) {
  SourceSpec spec = test::spec_of("glossi");
  std::vector<std::string> origins;
  for (std::size_t i = 0; i < secrets.size(); ++i) origins.push_back(cat("env SECRET_", i + 1));
  spec.secrets = std::move(secrets);
  return explain(Source::make(std::move(spec)).value(), origins, others, headers, body);
}

std::vector<std::string> causes(const Explanation& explanation) {
  std::vector<std::string> out;
  for (const Finding& finding : explanation.findings) {
    EXPECT_FALSE(finding.what.empty());
    EXPECT_FALSE(finding.remedy.empty());
    out.emplace_back(finding.cause);
  }
  EXPECT_EQ(explanation.verifies, out.empty());
  return out;
}

/// With the signature of `signed_body` under `key`, what is said of `body`.
std::vector<std::string> causes_of(std::string_view signed_body, std::string_view body, std::string_view key = secret) {
  const std::string signature = sign(key, signed_body);
  return causes(explained({{header, signature}}, body));
}

std::vector<std::string> causes_of_signature(std::string_view value) {
  return causes(explained({{header, value}}, sample()));
}

TEST(Explain, SaysThatARightOneVerifiesAndWithWhichSecret) {
  const std::string signature = sign("second", sample());
  const Explanation explanation = explained({{"x-glossi-signature", signature}}, sample(), {"first", "second"});
  EXPECT_TRUE(explanation.verifies);
  EXPECT_EQ(explanation.secret, 1u);
  EXPECT_TRUE(explanation.findings.empty());
}

TEST(Explain, NamesAWrongSecret) {
  EXPECT_THAT(causes_of(sample(), sample(), "some other secret"), ElementsAre("wrong secret"));
  const std::string signature = sign("some other secret", sample());
  const Explanation explanation = explained({{header, signature}}, sample());
  EXPECT_FALSE(explanation.certain);
  EXPECT_THAT(explanation.findings.front().what, HasSubstr("env SECRET_1"));
}

TEST(Explain, NamesAnotherSourcesSecret) {
  const std::string signature = sign("meshqa-test-secret", sample());
  const Explanation explanation = explained({{header, signature}}, sample());
  EXPECT_THAT(causes(explanation), ElementsAre("another secret"));
  EXPECT_THAT(explanation.findings.front().what, HasSubstr("env MESHQA_WEBHOOK_SECRET"));
  EXPECT_TRUE(explanation.certain);
}

TEST(Explain, NamesAnEmptySecret) {
  EXPECT_THAT(causes_of(sample(), sample(), ""), ElementsAre("empty secret"));
}

TEST(Explain, NamesWhiteSpaceAroundASecret) {
  EXPECT_THAT(causes_of(sample(), sample(), cat(secret, "\n")), ElementsAre("secret with white space around it"));
  EXPECT_THAT(causes_of(sample(), sample(), cat(secret, "\r\n")), ElementsAre("secret with white space around it"));
  const std::string signature = sign(secret, sample());
  for (const std::string& configured : {cat(secret, "\n"), cat(" ", secret), cat(secret, "\t ")}) {
    EXPECT_THAT(causes(explained({{header, signature}}, sample(), {configured})),
                ElementsAre("secret with white space around it"));
  }
}

TEST(Explain, NamesASecretInQuotesOrAnEncoding) {
  const auto with_configured = [](std::string_view key, std::string configured) {
    const std::string signature = sign(key, sample());
    return causes(explained({{header, signature}}, sample(), {std::move(configured)}));
  };
  EXPECT_THAT(with_configured(secret, cat('"', secret, '"')), ElementsAre("secret in quotes"));
  EXPECT_THAT(with_configured("\x01\xab\xcd\xef", "01abcdef"), ElementsAre("secret decoded from hex"));
  EXPECT_THAT(with_configured("key bytes!", "whsec_a2V5IGJ5dGVzIQ=="), ElementsAre("secret decoded from base64"));
  EXPECT_THAT(with_configured("a2V5!", "whsec_a2V5!"), ElementsAre("secret with a prefix"));
}

TEST(Explain, NamesATrailingNewline) {
  for (const std::string_view ending : {"\n", "\r\n", "\n\n", " ", "\t\n"}) {
    EXPECT_THAT(causes_of(sample(), cat(sample(), ending)), ElementsAre("trailing newline added"));
  }
  for (const std::string_view ending : {"\n", "\r\n"}) {
    EXPECT_THAT(causes_of(cat(sample(), ending), sample()), ElementsAre("trailing newline removed"));
  }
  EXPECT_THAT(causes_of(cat(sample(), "\n"), cat(sample(), "\r\n")), ElementsAre("line breaks changed"));
  EXPECT_THAT(causes_of(sample(), cat(" ", sample())), ElementsAre("white space around the body"));
}

TEST(Explain, NamesLineBreaksThatWereChanged) {
  const std::string unix_text = "{\"event\":\"job.complete\",\n\"data\":{}}";
  const std::string dos_text = "{\"event\":\"job.complete\",\r\n\"data\":{}}";
  EXPECT_THAT(causes_of(unix_text, dos_text), ElementsAre("line breaks changed"));
  EXPECT_THAT(causes_of(dos_text, unix_text), ElementsAre("line breaks changed"));
}

TEST(Explain, NamesAByteOrderMark) {
  const std::string marked = cat("\xEF\xBB\xBF", sample());
  EXPECT_THAT(causes_of(sample(), marked), ElementsAre("byte-order mark added"));
  EXPECT_THAT(causes_of(marked, sample()), ElementsAre("byte-order mark removed"));
}

TEST(Explain, NamesAReserialisedBody) {
  const std::string original = "{\"event\":\"job.complete\",\"b\":1.50,\"data\":{\"a\":[1,{}],\"jobId\":\"Füße/1\"}}";
  const std::vector<std::string> rewritten{
      "{\"event\": \"job.complete\", \"b\": 1.50, \"data\": {\"a\": [1, {}], \"jobId\": \"F\\u00fc\\u00dfe/1\"}}",
      "{\"event\": \"job.complete\", \"b\": 1.50, \"data\": {\"a\": [1, {}], \"jobId\": \"Füße/1\"}}",
      "{\n  \"event\": \"job.complete\",\n  \"b\": 1.50,\n  \"data\": {\n    \"a\": [\n      1,\n      {}\n    ],\n"
      "    \"jobId\": \"Füße/1\"\n  }\n}",
      "{\"event\":\"job.complete\",\"b\":1.50,\"data\":{\"a\":[1,{}],\"jobId\":\"F\\u00fc\\u00dfe\\/1\"}}",
  };
  for (const std::string& body : rewritten) {
    EXPECT_THAT(causes_of(original, body), ElementsAre("re-serialised body")) << body;
    EXPECT_THAT(causes_of(body, original), ElementsAre("re-serialised body")) << body;
  }
  // The original order cannot be found again, but sorted can be what was signed.
  const std::string sorted = "{\"b\":1.50,\"data\":{\"a\":[1,{}],\"jobId\":\"Füße/1\"},\"event\":\"job.complete\"}";
  EXPECT_THAT(causes_of(sorted, original), ElementsAre("re-serialised body"));
  const std::string signature = sign(secret, original);
  const Explanation explanation = explained({{header, signature}}, rewritten.front());
  EXPECT_TRUE(explanation.certain);
  EXPECT_THAT(explanation.findings.front().what, HasSubstr("compactly"));
}

TEST(Explain, SuspectsAReserialisedBodyWhoseOriginalCannotBeFound) {
  EXPECT_THAT(causes_of("{\"b\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}"),
              ElementsAre("wrong secret", "perhaps a re-serialised body"));
}

TEST(Explain, NamesWhatTheBodyIsWrappedIn) {
  EXPECT_THAT(causes_of(sample(), cat("POST /webhooks/glossi HTTP/1.1\r\nHost: a\r\n\r\n", sample())),
              ElementsAre("head in the body's file"));
  EXPECT_THAT(causes_of("{\"a\":\"b\"}", "\"{\\\"a\\\":\\\"b\\\"}\""), ElementsAre("body inside a JSON string"));
  EXPECT_THAT(causes_of("", sample()), ElementsAre("an empty body was signed"));
}

TEST(Explain, NamesABodyThatIsNotWhole) {
  const std::string signature = sign(secret, sample());
  const std::string size = cat(sample().size());
  const auto cut = [&](std::string_view body) {
    return causes(explained({{header, signature}, {"content-length", size}}, body));
  };
  EXPECT_THAT(cut(sample().substr(0, 100)), ElementsAre("truncated body", "not JSON"));
  EXPECT_THAT(cut(cat(sample(), sample())), ElementsAre("lengthened body", "not JSON"));
  EXPECT_THAT(causes_of(sample(), ""), ElementsAre("empty body"));
  EXPECT_THAT(causes_of(sample(), "\x1f\x8b\x08 and so on"), ElementsAre("compressed body"));
  EXPECT_THAT(causes_of(sample(), sample().substr(0, 100)), ElementsAre("not JSON"));
}

TEST(Explain, NamesTheEncodingOfASignature) {
  const std::string good = sign(secret, sample());
  EXPECT_THAT(causes_of_signature(base64_of(good, 32)), ElementsAre("base64 instead of hex"));
  std::string unpadded = base64_of(good, 32);
  unpadded.pop_back();
  std::ranges::replace(unpadded, '+', '-');
  std::ranges::replace(unpadded, '/', '_');
  EXPECT_THAT(causes_of_signature(unpadded), ElementsAre("base64 instead of hex"));
  std::string twice;
  append_base64(twice, good);
  EXPECT_THAT(causes_of_signature(twice), ElementsAre("base64 of hex"));
  EXPECT_THAT(causes_of_signature(upper(good)), ElementsAre("upper case"));
}

TEST(Explain, NamesAPrefix) {
  const std::string good = sign(secret, sample());
  for (const std::string_view prefix : {"sha256=", "SHA256:", "v1=", "hmac-sha256=", "0x", "sha256= "}) {
    EXPECT_THAT(causes_of_signature(cat(prefix, good)), ElementsAre("prefix")) << prefix;
  }
  EXPECT_THAT(causes_of_signature(cat("sha256=", base64_of(good, 32))), ElementsAre("prefix", "base64 instead of hex"));
  EXPECT_THAT(causes_of_signature(cat('"', good, '"')), ElementsAre("quotes"));
}

TEST(Explain, NamesATruncatedAndALengthenedSignature) {
  const std::string good = sign(secret, sample());
  EXPECT_THAT(causes_of_signature(good.substr(0, 63)), ElementsAre("truncated signature"));
  EXPECT_THAT(causes_of_signature(good.substr(0, 8)), ElementsAre("truncated signature"));
  EXPECT_THAT(causes_of_signature(good + "00"), ElementsAre("something after the signature"));
  EXPECT_THAT(causes_of_signature(""), ElementsAre("empty signature"));
  EXPECT_THAT(causes_of_signature("not a signature"), ElementsAre("not a signature"));
}

TEST(Explain, NamesAnotherAlgorithm) {
  EXPECT_THAT(causes_of_signature(std::string(40, 'a')), ElementsAre("another algorithm"));
  EXPECT_THAT(causes_of_signature(std::string(128, 'a')), ElementsAre("another algorithm"));
  EXPECT_THAT(causes_of_signature(cat("sha1=", std::string(40, 'a'))), ElementsAre("another algorithm"));
  std::string encoded;
  append_base64(encoded, std::string(20, 'x'));
  EXPECT_THAT(causes_of_signature(encoded), ElementsAre("another algorithm"));
}

TEST(Explain, NamesAMissingOrRepeatedSignature) {
  const std::string good = sign(secret, sample());
  EXPECT_THAT(causes(explained({}, sample())), ElementsAre("signature missing"));
  EXPECT_THAT(causes(explained({{"Host", "localhost"}}, sample())), ElementsAre("signature missing"));
  EXPECT_THAT(causes(explained({{"X-Signature", good}}, sample())), ElementsAre("renamed signature header"));
  EXPECT_THAT(causes(explained({{"X-MeshQA-Signature", good}}, sample())), ElementsAre("another sender's request"));
  EXPECT_THAT(causes(explained({{header, good}, {header, good}}, sample())), ElementsAre("signature repeated"));
  EXPECT_THAT(causes_of_signature(cat(good, ", ", good)), ElementsAre("several signatures in one header"));
}

TEST(Explain, NamesAllThatIsWrongAtOnce) {
  const std::string value = cat("sha256=", upper(sign(secret, sample())));
  EXPECT_THAT(causes(explained({{header, value}}, cat(sample(), "\n"))),
              ElementsAre("trailing newline added", "prefix", "upper case"));
}

TEST(Explain, TellsWhatIsWrongWithTheFormAlsoWhereNothingFits) {
  EXPECT_THAT(causes_of_signature(upper(sign("some other secret", sample()))), ElementsAre("upper case"));
  const std::string value = upper(sign("some other secret", sample()));
  EXPECT_FALSE(explained({{header, value}}, sample()).certain);
}

TEST(Explain, NeverShowsASecretOrARightSignature) {
  const std::string good = sign(secret, sample());
  for (const auto& [value, body] : std::vector<std::pair<std::string, std::string>>{
           {good, cat(sample(), "\n")}, {upper(good), sample()}, {sign("other", sample()), sample()}, {"x", "y"}}) {
    for (const Finding& finding : explained({{header, value}}, body).findings) {
      for (const std::string& text : {finding.what, finding.remedy}) {
        EXPECT_THAT(text, Not(HasSubstr(std::string(secret))));
        EXPECT_THAT(text, Not(HasSubstr("meshqa-test-secret")));
        EXPECT_THAT(text, Not(HasSubstr(good)));
      }
    }
  }
}

TEST(Explain, TakesAnyBytes) {
  const std::string good = sign(secret, sample());
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  EXPECT_FALSE(explained({{header, good}}, bytes).verifies);
  EXPECT_FALSE(explained({{header, bytes}}, bytes).verifies);
  EXPECT_FALSE(explained({{header, good}}, std::string(100000, '[')).verifies);
  EXPECT_FALSE(explained({{header, good}}, "{\"a\":\"\\ud800\"}").verifies);
}

}  // namespace
}  // namespace hookferry::senders
