#include "config/masking.h"

#include <gtest/gtest.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

/// Every line of a text as it would be shown.
std::string masked(std::string_view text) {
  const Document document = parse(text);
  const MaskedText lines(text, document.root);
  std::string out;
  for (std::size_t i = 0; i < split_lines(text).size(); ++i) out += lines.line(i) + "\n";
  return out;
}

TEST(Masking, WhatFollowsASecretsKey) {
  EXPECT_EQ(masked("password: hunter2"), "password: ***\n");
  EXPECT_EQ(masked("a: {sasl.password: hunter2, b: c}"), "a: {sasl.password: ***\n");
  EXPECT_EQ(masked("\"api-Key\" : 'hunter2'"), "\"api-Key\" : ***\n");
  EXPECT_EQ(masked("password:hunter2"), "password:***\n");
  EXPECT_EQ(masked("x: y # token: hunter2"), "x: y # token: ***\n");
  EXPECT_EQ(masked("# -X sasl.password=hunter2"), "# -X sasl.password=***\n");
  EXPECT_EQ(masked("threads: 4"), "threads: 4\n");
}

TEST(Masking, EveryLineOfASecretsValue) {
  EXPECT_EQ(masked("secrets:\n  - hunter2\n  - {value: hunter2}\n  -\n    hunter2\npath: /x\n"),
            "secrets:\n  - ***\n  - ***\n  -\n    ***\npath: /x\n");
  EXPECT_EQ(masked("secrets:\n- hunter2\n- hunter3\npath: /x\n"), "secrets:\n- ***\n- ***\npath: /x\n");
  EXPECT_EQ(masked("ssl.key.pem: |\n  hunter2\n\n  hunter2\npath: /x\n"),
            "ssl.key.pem: ***\n  ***\n\n  ***\npath: /x\n");
  EXPECT_EQ(masked("a:\n  - password:\n      hunter2\n  - b\n"), "a:\n  - password:\n      ***\n  - b\n");
  EXPECT_EQ(masked("{password:\n  hunter2, path: /x,\nb: c}\n"), "{password:\n  ***\nb: c}\n");
  EXPECT_EQ(masked("secrets: [\nhunter2,\n  hunter3]\n"), "secrets: [\n***\n  ***\n");
  EXPECT_EQ(masked("? password\n: hunter2\nb: c\n"), "? password\n***\nb: c\n");
}

TEST(Masking, WhatCouldNotBeUnderstoodIsMaskedAsWell) {
  EXPECT_EQ(masked("secrets:\n  - 'hunter2\n  - hunter3\n"), "secrets:\n  - ***\n  - ***\n");
  EXPECT_EQ(masked("secrets: [\n  hunter2,\n  hunter3\n"), "secrets: [\n  ***\n  ***\n");
  EXPECT_EQ(masked("secrets:\n  - @hunter2\n  - hunter3\n"), "secrets:\n  - ***\n  - ***\n");
  EXPECT_EQ(masked("a: [\npassword: hunter2\n"), "a: [\npassword: ***\n");
}

TEST(Masking, ReferencesAreShown) {
  for (const std::string_view line :
       {"secrets: [{env: GLOSSI_WEBHOOK_SECRET}]", "secrets: [{env: A}, {file: /run/secrets/b.1}]",
        "sasl.password: {env: \"KAFKA_PASSWORD\"}", "secrets:", "secrets: []"}) {
    EXPECT_EQ(masked(line), cat(line, "\n"));
  }
  EXPECT_EQ(masked("secrets:\n  - env: A\n  - file: /b\n"), "secrets:\n  - env: A\n  - file: /b\n");
}

TEST(Masking, AReferenceEndsWithItsBracket) {
  for (const std::string_view line :
       {"- {secrets: [{env: A}], path: /x}", "{sasl.password: {env: A}, sasl.username: me}",
        "{a: {password: {env: A}}, b: c}"}) {
    EXPECT_EQ(masked(line), cat(line, "\n"));
  }
  EXPECT_EQ(masked("{password: {env: A}, token: hunter2}"), "{password: {env: A}, token: ***\n");
  EXPECT_EQ(masked("password: {env: A} hunter2"), "password: ***\n");
  EXPECT_EQ(masked("password: {env: A, hunter2}, b"), "password: ***\n");
}

TEST(Masking, AKeyOfNothingIsNoEnd) {
  EXPECT_EQ(masked("a:\n  secrets:\n  - hunter2\n  : b\n"), "a:\n  secrets:\n  - ***\n  ***\n");
  EXPECT_EQ(masked("- secrets:\n    hunter2\n-\n- b\n"), "- secrets:\n    ***\n-\n- b\n");
}

TEST(Masking, WhatOnlyLooksLikeAReferenceIsNot) {
  EXPECT_EQ(masked("secrets: [{env: hunter2}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env: 9A}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{file: hunter2}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{file: /a+b=}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env: A}, hunter2]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env: A}] # hunter2"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env: \"A}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env:}]"), "secrets: ***\n");
  EXPECT_EQ(masked("secrets: [{env: ABCDEF0123456789}]"), "secrets: ***\n");
}

TEST(Masking, ValuesThatLookLikeSecrets) {
  EXPECT_EQ(masked("path: whsec_abc"), "path: ***\n");
  EXPECT_EQ(masked("glossi: 5f4dcc3b5aa765d61d8327deb882cf99"), "glossi: ***\n");
  EXPECT_EQ(masked("- a 5f4dcc3b5aa765d61d8327deb882cf99 b"), "- a ***\n");
  for (const std::string_view line :
       {"listen: 127.0.0.1:8081", "max_connections_per_address: 0", "a: kafka-1.example.com:9092",
        "a: GLOSSI_WEBHOOK_SECRET_2024_12", "uri: https://api.glossi.app/a/b"}) {
    EXPECT_EQ(masked(line), cat(line, "\n"));
  }
}

TEST(Masking, MessagesDoNotSayWhatLooksLikeASecret) {
  EXPECT_EQ(quote("whsec_x"), "'***'");
  EXPECT_EQ(quote("a\nb"), "'a\\x0ab'");
  const std::string problems = problems_of(with_source("http: {ack_deadline: 5f4dcc3b5aa765d61d8327deb882cf99}\n"));
  EXPECT_EQ(problems,
            "f.yaml:1:22: http.ack_deadline: '***' is not a duration: write a whole number and a unit, such as 250ms, "
            "4s or 24h\n"
            "http: {ack_deadline: ***\n"
            "                     ^\n");
}

TEST(Masking, TheCaretStandsBelowTheMask) {
  EXPECT_EQ(problems_of("sources:\n  - {name: a, preset: glossi, secrets: [a, {env: hunter2}]}\n"),
            "f.yaml:2:41: sources[0].secrets[0]: write {env: NAME} or {file: PATH}; a secret is never a plain value in "
            "the file\n"
            "  - {name: a, preset: glossi, secrets: ***\n"
            "                                       ^\n"
            "f.yaml:2:50: sources[0].secrets[1]: the environment variable is not set: set it to the secret\n"
            "  - {name: a, preset: glossi, secrets: ***\n"
            "                                       ^\n");
}

}  // namespace
}  // namespace hookferry::config
