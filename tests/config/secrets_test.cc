#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string source_with(std::string_view secrets) {
  return cat("sources:\n- name: a\n  preset: glossi\n  secrets:\n  - ", secrets, "\n");
}

/// The first secret of the only source, and what is said of it.
std::pair<std::string, std::string> loaded_secret(std::string_view reference, const FakeEnvironment& environment) {
  const Loaded loaded = load_text(source_with(reference), environment);
  return {loaded.config ? loaded.config->sources.at(0).secrets.at(0).value : "none", all(loaded)};
}

TEST(Secrets, OneLineBreakAtTheEndOfAFileIsLeftOut) {
  FakeEnvironment environment;
  const auto value = [&](const std::string& content) {
    environment.files["/s"] = content;
    return loaded_secret("{file: /s}", environment).first;
  };
  EXPECT_EQ(value("0123456789abcdef"), "0123456789abcdef");
  EXPECT_EQ(value("0123456789abcdef\n"), "0123456789abcdef");
  EXPECT_EQ(value("0123456789abcdef\r\n"), "0123456789abcdef");
  EXPECT_EQ(value("0123456789abcdef\n\n"), "0123456789abcdef\n");
  EXPECT_EQ(value("0123456789abcdef\r"), "0123456789abcdef\r");
  environment.variables["S"] = "0123456789abcdef\n";
  EXPECT_EQ(loaded_secret("{env: S}", environment).first, "0123456789abcdef\n");
}

TEST(Secrets, WhatIsNotThereIsAnErrorThatSaysWhatToDo) {
  FakeEnvironment environment;
  environment.variables["EMPTY"] = "";
  environment.files["/empty"] = "\n";
  environment.files["/large"] = std::string((64 << 10) + 1, 'x');
  const auto said = [&](std::string_view reference) {
    const std::string problems = loaded_secret(reference, environment).second;
    return problems.substr(0, problems.find('\n'));
  };
  EXPECT_EQ(said("{env: NOT_SET}"),
            "f.yaml:5:11: sources[0].secrets[0]: the environment variable NOT_SET is not set: set it to the secret");
  EXPECT_EQ(said("{env: EMPTY}"),
            "f.yaml:5:11: sources[0].secrets[0]: the environment variable EMPTY is empty: set it to the secret");
  EXPECT_EQ(said("{file: /none}"),
            "f.yaml:5:12: sources[0].secrets[0]: cannot read /none: No such file or directory: put the secret there");
  EXPECT_EQ(said("{file: /empty}"),
            "f.yaml:5:12: sources[0].secrets[0]: the file /empty is empty: put the secret there");
  EXPECT_EQ(said("{file: /large}"),
            "f.yaml:5:12: sources[0].secrets[0]: the file /large is larger than 64 KiB: this is no secret");
  EXPECT_EQ(said("{file: hunter2}"),
            "f.yaml:5:12: sources[0].secrets[0]: cannot read the file that is named here: put the secret there");
}

TEST(Secrets, APlainValueIsNeverTaken) {
  for (const std::string_view reference :
       {"hunter2", "'hunter2'", "[hunter2]", "{hunter2: }", "{env: }", "{env: [hunter2]}", "{file: \"\"}",
        "{vault: hunter2}", "{env: A, file: hunter2}", "{env: \"hunter2\\0\"}", "{[a]: b}", "", "~"}) {
    const auto [value, problems] = loaded_secret(reference, {});
    EXPECT_EQ(value, "none") << reference;
    EXPECT_THAT(
        problems,
        HasSubstr(
            "sources[0].secrets[0]: write {env: NAME} or {file: PATH}; a secret is never a plain value in the file\n"))
        << reference;
    EXPECT_THAT(problems, Not(HasSubstr("hunter2"))) << reference;
  }
}

TEST(Secrets, TheListItself) {
  const auto said = [](std::string_view secrets) {
    const std::string problems =
        problems_of(cat("sources:\n- name: a\n  preset: glossi\n  path: /x\n  secrets: ", secrets, "\n"));
    return problems.substr(0, problems.find('\n'));
  };
  EXPECT_EQ(said("hunter2"),
            "f.yaml:5:12: sources[0].secrets: write a list, such as [{env: NAME}] or [{file: PATH}]; a secret is never "
            "a plain value in the file");
  EXPECT_EQ(said("{env: A}"), "f.yaml:5:12: sources[0].secrets: must be a list, such as [{env: NAME}], and is a map");
  EXPECT_EQ(said("[]"), "f.yaml:5:12: sources[0].secrets: is empty: it needs a secret, such as [{env: NAME}]");
  EXPECT_EQ(said(""), "f.yaml:5:3: sources[0].secrets: is empty: it needs a secret, such as [{env: NAME}]");
  std::string nine = "[";
  for (int i = 0; i < 9; ++i) nine += "{env: GLOSSI_WEBHOOK_SECRET}, ";
  EXPECT_EQ(said(nine + "]"), "f.yaml:5:12: sources[0].secrets: has 9 secrets: at most 8");
}

TEST(Secrets, WarningsOfWeakAndBlankEndedOnes) {
  FakeEnvironment environment;
  const auto said = [&](const std::string& value) {
    environment.variables["S"] = value;
    return loaded_secret("{env: S}", environment).second;
  };
  EXPECT_EQ(said("0123456789abcdef"), "");
  EXPECT_EQ(said("0123456789abcde"),
            "f.yaml:5:5: warning: sources[0].secrets[0]: the secret in env S is weak: shorter than 16 bytes\n"
            "  - {env: S}\n"
            "    ^\n");
  EXPECT_EQ(said(std::string(40, 'x')),
            "f.yaml:5:5: warning: sources[0].secrets[0]: the secret in env S is weak: one character over and over\n"
            "  - {env: S}\n"
            "    ^\n");
  for (const char* value : {" 0123456789abcdef", "0123456789abcdef ", "0123456789abcdef\n", "\t0123456789abcdef"}) {
    EXPECT_EQ(said(value),
              "f.yaml:5:5: warning: sources[0].secrets[0]: the secret in env S begins or ends with white space, which "
              "is taken as part of it\n"
              "  - {env: S}\n"
              "    ^\n");
  }
}

TEST(Secrets, WarningsOfEqualOnes) {
  FakeEnvironment environment;
  environment.variables["COPY"] = environment.variables["GLOSSI_WEBHOOK_SECRET"];
  EXPECT_EQ(problems_of("sources:\n"
                        "- {name: a, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}, {env: COPY}]}\n"
                        "- {name: b, preset: meshqa, secrets: [{env: MESHQA_WEBHOOK_SECRET}]}\n"
                        "- {name: c, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n",
                        environment),
            "f.yaml:2:69: warning: sources[0].secrets[1]: the secret in env COPY equals that of sources[0].secrets[0]\n"
            "- {name: a, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}, {env: COPY}]}\n"
            "                                                                    ^\n"
            "f.yaml:4:39: warning: sources[2].secrets[0]: the secret in env GLOSSI_WEBHOOK_SECRET equals that of "
            "sources[0].secrets[0]\n"
            "- {name: c, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n"
            "                                      ^\n");
}

std::string property(std::string_view text) {
  return with_source(cat("kafka: {properties: {", text, "}}\n"));
}

TEST(KafkaProperties, ValuesMayBeReferences) {
  FakeEnvironment environment;
  environment.variables["PW"] = "p";
  environment.files["/etc/kafka/id"] = "me\n";
  const Loaded loaded =
      load_text(property("sasl.password: {env: PW}, sasl.username: {file: /etc/kafka/id}"), environment);
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_THAT(loaded.config->kafka.properties,
              testing::ElementsAre(testing::Pair("sasl.password", "p"), testing::Pair("sasl.username", "me")));
}

TEST(KafkaProperties, SecretsMustBe) {
  EXPECT_EQ(problems_of(property("sasl.password: hunter2")),
            "f.yaml:1:37: kafka.properties.sasl.password: write {env: NAME} or {file: PATH}; a secret is never a plain "
            "value in the file (or pass -X sasl.password=VALUE when trying out)\n"
            "kafka: {properties: {sasl.password: ***\n"
            "                                    ^\n");
  for (const std::string_view name :
       {"ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.assertion.private.key.passphrase"}) {
    EXPECT_THAT(problems_of(property(cat(name, ": hunter2"))), HasSubstr("never a plain value")) << name;
  }
  for (const std::string_view name :
       {"ssl.key.location", "ssl.ca.pem", "sasl.username", "sasl.oauthbearer.token.endpoint.url",
        "sasl.kerberos.keytab", "ssl.keystore.location", "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.assertion.private.key.file"}) {
    EXPECT_EQ(problems_of(property(cat(name, ": x"))), "") << name;
  }
}

TEST(KafkaProperties, AreCheckedWithoutSayingASecret) {
  FakeEnvironment environment;
  environment.variables["PW"] = "hunter2";
  EXPECT_EQ(problems_of(property("no.such: {env: PW}"), environment),
            "f.yaml:1:22: kafka.properties.no.such: librdkafka does not take the value\n"
            "kafka: {properties: {no.such: {env: PW}}}\n"
            "                     ^\n");
  EXPECT_EQ(problems_of(property("no.such: 1"), environment),
            "f.yaml:1:22: kafka.properties.no.such: no.such: '1' is unknown to librdkafka\n"
            "kafka: {properties: {no.such: 1}}\n"
            "                     ^\n");
}

std::string kafka_secret(std::string_view text) {
  return with_source(cat("kafka: {secrets: {", text, "}}\n"));
}

TEST(KafkaSecrets, AreReferences) {
  FakeEnvironment environment;
  environment.variables["PW"] = "p";
  environment.files["/etc/kafka/id"] = "me\n";
  const Loaded loaded =
      load_text(kafka_secret("sasl.password: {env: PW}, sasl.username: {file: /etc/kafka/id}"), environment);
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_THAT(loaded.config->kafka.secrets,
              testing::ElementsAre(testing::Pair("sasl.password", Secret{"env PW", "p"}),
                                   testing::Pair("sasl.username", Secret{"file /etc/kafka/id", "me"})));
  EXPECT_EQ(problems_of(kafka_secret("client.id: x")),
            "f.yaml:1:30: kafka.secrets.client.id: write {env: NAME} or {file: PATH}; a secret is never a plain value "
            "in the file\n"
            "kafka: {secrets: ***\n"
            "                 ^\n");
}

TEST(KafkaSecrets, AreCheckedLikeProperties) {
  FakeEnvironment environment;
  environment.variables["PW"] = "hunter2 ";
  EXPECT_EQ(problems_of(kafka_secret("no.such: {env: PW}"), environment),
            "f.yaml:1:19: kafka.secrets.no.such: librdkafka does not take the value\n"
            "kafka: {secrets: ***\n"
            "                 ^\n"
            "f.yaml:1:28: warning: kafka.secrets.no.such: the secret in env PW begins or ends with white space, which "
            "is taken as part of it\n"
            "kafka: {secrets: ***\n"
            "                 ^\n");
  EXPECT_THAT(problems_of(kafka_secret("acks: {env: PW}"), environment),
              HasSubstr("f.yaml:1:19: kafka.secrets.acks: acks is fixed to all: a 200 rests on it\n"));
}

TEST(KafkaSecrets, AreNotPropertiesAsWell) {
  FakeEnvironment environment;
  environment.variables["PW"] = "p";
  const std::string text = with_source(
      "kafka:\n"
      "  properties: {sasl.username: a}\n"
      "  secrets: {sasl.username: {env: PW}}\n");
  EXPECT_EQ(problems_of(text, environment),
            "f.yaml:3:13: kafka.secrets.sasl.username: sasl.username is in kafka.properties as well: keep it in one of "
            "them\n"
            "  secrets: ***\n"
            "           ^\n");
  Overrides overrides;
  overrides.properties = {{"sasl.username", "b"}};
  const Loaded loaded = load_text(text, environment, overrides);
  EXPECT_EQ(all(loaded), "") << "-X takes the place of both";
  EXPECT_THAT(loaded.config->kafka.properties, testing::ElementsAre(testing::Pair("sasl.username", "b")));
  EXPECT_TRUE(loaded.config->kafka.secrets.empty());
}

TEST(KafkaProperties, OtherProblems) {
  FakeEnvironment environment;
  environment.variables["PW"] = "x ";
  EXPECT_EQ(problems_of(property("sasl.password: {env: PW}"), environment),
            "f.yaml:1:37: warning: kafka.properties.sasl.password: the secret in env PW begins or ends with white "
            "space, which is taken as part of it\n"
            "kafka: {properties: {sasl.password: {env: PW}}}\n"
            "                                    ^\n");
  EXPECT_EQ(problems_of(property("a: [b], c: 1, c: 2")),
            "f.yaml:1:25: kafka.properties.a: must be a single value, {env: NAME} or {file: PATH}, and is a list\n"
            "kafka: {properties: {a: [b], c: 1, c: 2}}\n"
            "                        ^\n"
            "f.yaml:1:36: kafka.properties.c: given twice: first on line 1\n"
            "kafka: {properties: {a: [b], c: 1, c: 2}}\n"
            "                                   ^\n");
  EXPECT_EQ(problems_of(with_source("kafka: {properties: x}\n")),
            "f.yaml:1:21: kafka.properties: must be a map of librdkafka's properties, and is a single value\n"
            "kafka: {properties: x}\n"
            "                    ^\n");
}

}  // namespace
}  // namespace hookferry::config
