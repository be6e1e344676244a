#include "senders/verifier.h"

#include "base/text.h"
#include "senders/digest.h"
#include "tests/senders/support.h"

namespace hookferry::senders {
namespace {

using test::Sender;

constexpr std::string_view body = R"({"event":"job.complete","data":{}})";

/// The reason of a refusal, or "secret N".
std::string verdict(Sender& sender, const std::vector<HeaderView>& headers, std::string_view signed_body = body) {
  const auto result = sender.verifier().verify(headers, signed_body);
  if (const auto* const verified = std::get_if<VerifiedBody>(&result)) return cat("secret ", verified->secret());
  return std::string(name(std::get<Rejection>(result)));
}

TEST(Verifier, AgreesWithTheSignaturesOfOtherTools) {
  for (const auto& row : test::read_table("signatures.tsv")) {
    ASSERT_EQ(row.size(), 5u);
    const std::string text = test::read_file(row[0]);
    EXPECT_EQ(sign(row[3], text), row[4]) << row[0];
    SourceSpec spec = test::spec_of(row[1]);
    spec.secrets = {row[3]};
    Sender sender(spec);
    const std::vector<HeaderView> headers{{"Content-Type", "application/json"},
                                          {sender.source().signature_header(), row[4]}};
    const auto result = sender.verifier().verify(headers, text);
    ASSERT_TRUE(std::holds_alternative<VerifiedBody>(result)) << row[0];
    EXPECT_EQ(std::get<VerifiedBody>(result).bytes(), text);
    EXPECT_EQ(std::get<VerifiedBody>(result).bytes().data(), text.data()) << "the bytes are the caller's";
  }
}

TEST(Verifier, NeedsTheSignatureOnce) {
  Sender sender = test::glossi();
  const std::string good = sign("glossi-test-secret", body);
  EXPECT_EQ(verdict(sender, {}), "signature_missing");
  EXPECT_EQ(verdict(sender, {{"X-MeshQA-Signature", good}}), "signature_missing");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", good}}), "secret 0");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", good}, {"x-glossi-signature", good}}), "signature_repeated");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", ""}, {"X-Glossi-Signature", good}}), "signature_repeated");
}

TEST(Verifier, TakesTheHeadersNameInAnyCase) {
  Sender sender = test::glossi();
  const std::string good = sign("glossi-test-secret", body);
  for (const char* name : {"x-glossi-signature", "X-GLOSSI-SIGNATURE", "x-Glossi-sigNature"}) {
    EXPECT_EQ(verdict(sender, {{name, good}}), "secret 0") << name;
  }
  // These differ from the name in bit 5 alone, as upper and lower case do, but are no letters.
  EXPECT_EQ(verdict(sender, {{"x\rglossi\rsignature", good}}), "signature_missing");
}

TEST(Verifier, TakesSixtyFourLowerCaseHexDigitsOnly) {
  Sender sender = test::glossi();
  const std::string good = sign("glossi-test-secret", body);
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  ASSERT_NE(upper, good);
  for (const std::string& value : {std::string(), upper, good.substr(0, 63), good + "0", "sha256=" + good,
                                   good + "," + good, good + " ", std::string(64, 'g'), good.substr(0, 63) + "\0"}) {
    EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", value}}), "signature_malformed") << value;
  }
}

TEST(Verifier, RefusesAnyOtherSignatureAndAnyOtherBody) {
  Sender sender = test::glossi();
  const std::string good = sign("glossi-test-secret", body);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string other = good;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", other}}), "signature_mismatch") << i;
  }
  const std::vector<HeaderView> headers{{"X-Glossi-Signature", good}};
  EXPECT_EQ(verdict(sender, headers, std::string(body) + "\n"), "signature_mismatch");
  EXPECT_EQ(verdict(sender, headers, body.substr(1)), "signature_mismatch");
  EXPECT_EQ(verdict(sender, headers, ""), "signature_mismatch");
  EXPECT_EQ(verdict(sender, headers), "secret 0") << "it still works after those";
}

TEST(Verifier, TriesEverySecretAndTellsWhichMatched) {
  SourceSpec spec = test::spec_of("glossi");
  spec.secrets = {"first", "second", "third", "second"};
  Sender sender(spec);
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", sign("first", body)}}), "secret 0");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", sign("second", body)}}), "secret 1");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", sign("third", body)}}), "secret 2");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", sign("fourth", body)}}), "signature_mismatch");
}

TEST(Verifier, VerifiesAnEmptyBodyAndALongOne) {
  Sender sender = test::glossi();
  const std::string empty = sign("glossi-test-secret", "");
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", empty}}, std::string_view()), "secret 0");
  const std::string long_body(1 << 20, 'x');
  const std::string signature = sign("glossi-test-secret", long_body);
  EXPECT_EQ(verdict(sender, {{"X-Glossi-Signature", signature}}, long_body), "secret 0");
}

TEST(Sign, IsHmacSha256) {
  // RFC 4231, test cases 2 and 6 (a key longer than a block).
  EXPECT_EQ(sign("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(sign(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  // The empty key and message: known from other implementations.
  EXPECT_EQ(sign("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digests, WipeASecretInPlace) {
  std::string secret = "tell-nobody";
  wipe(secret);
  EXPECT_EQ(secret, std::string(11, '\0'));
}

TEST(Digests, SeparateFieldsByTheirSize) {
  std::string out;
  append_field(out, "ab");
  append_field(out, "");
  append_field(out, std::string(258, 'x'));
  EXPECT_EQ(out, std::string("\0\0\0\2ab\0\0\0\0\0\0\1\2", 14) + std::string(258, 'x'));
}

}  // namespace
}  // namespace hookferry::senders
