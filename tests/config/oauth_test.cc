// kafka.oauth: what it reads, and what is wrong between its keys.
#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view sasl = "  properties: {security.protocol: SASL_SSL}\n";

FakeEnvironment with_files() {
  FakeEnvironment environment;
  environment.variables["KAFKA_CLIENT_SECRET"] = "hunter2-hunter2";
  environment.files = {{"/run/token", "a.b.c\n"}, {"/run/ca.pem", "an authority"}, {"/run/blank", " \n"}};
  return environment;
}

std::string text_of(std::string_view oauth, std::string_view properties = sasl) {
  return with_source(cat("kafka:\n", properties, "  oauth: ", oauth, "\n"));
}

/// The messages alone.
std::string said(std::string_view oauth, std::string_view properties = sasl) {
  std::string out;
  for (const Problem& problem : load_text(text_of(oauth, properties), with_files()).problems) {
    EXPECT_GT(problem.line, 0) << problem.message;
    EXPECT_EQ(problem.excerpt.find("hunter2"), std::string::npos);
    out += problem.message + "\n";
  }
  return out;
}

constexpr std::string_view by_url =
    "{token_url: https://idp/token, client_id: me, client_secret: {env: KAFKA_CLIENT_SECRET}, scope: kafka, "
    "ca: /run/ca.pem, extensions: {logicalCluster: lkc-1}}";

TEST(OAuthOfTheConfig, ByATokenServer) {
  const Loaded loaded = load_text(text_of(by_url), with_files());
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  const OAuth expected{.token_url = "https://idp/token",
                       .client_id = "me",
                       .client_secret = {"env KAFKA_CLIENT_SECRET", "hunter2-hunter2"},
                       .scope = "kafka",
                       .ca = {"/run/ca.pem", "an authority"},
                       .token_file = {},
                       .extensions = {{"logicalCluster", "lkc-1"}}};
  EXPECT_EQ(loaded.config->kafka.oauth, expected);
  EXPECT_TRUE(loaded.config->kafka.oauth.used());
}

TEST(OAuthOfTheConfig, ByAFile) {
  const Loaded loaded = load_text(text_of("{token_file: /run/token}"), with_files());
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->kafka.oauth.token_file, (TokenFile{"/run/token", "a.b.c\n"}));
}

TEST(OAuthOfTheConfig, IsNotUsedByDefault) {
  const Loaded loaded = load_text(with_source(""));
  ASSERT_TRUE(loaded.config);
  EXPECT_FALSE(loaded.config->kafka.oauth.used());
}

TEST(OAuthOfTheConfig, TheExactTextOfAMissingSecret) {
  EXPECT_EQ(problems_of(text_of("{token_url: https://idp/token, client_id: me}"), with_files()),
            "f.yaml:3:10: kafka.oauth.client_secret is missing: token_url issues tokens to a client that it knows\n"
            "  oauth: {token_url: ***\n"
            "         ^\n");
}

TEST(OAuthOfTheConfig, ItsKeysGoTogether) {
  EXPECT_THAT(said("{}"), HasSubstr("kafka.oauth.token_url is missing"));
  EXPECT_THAT(said("{token_url: https://idp/token}"),
              AllOf(HasSubstr("client_id is missing"), HasSubstr("client_secret is missing")));
  EXPECT_THAT(said("{token_file: /run/token, token_url: https://idp/token}"), HasSubstr("keep one of them"));
  EXPECT_THAT(said("{token_file: /run/token, scope: x}"), HasSubstr("kafka.oauth.scope goes with token_url"));
}

TEST(OAuthOfTheConfig, GoesWithTheProperties) {
  EXPECT_THAT(said("{token_file: /run/token}", ""), HasSubstr("set security.protocol in kafka.properties to SASL_SSL"));
  EXPECT_THAT(said("{token_file: /run/token}", "  properties: {security.protocol: SSL}\n"), HasSubstr("SASL_SSL"));
  EXPECT_EQ(said("{token_file: /run/token}",
                 "  properties: {security.protocol: sasl_plaintext, sasl.mechanisms: OAUTHBEARER}\n"),
            "");
  EXPECT_THAT(said("{token_file: /run/token}", "  properties: {security.protocol: SASL_SSL, sasl.mechanism: PLAIN}\n"),
              HasSubstr("is another one"));
  EXPECT_THAT(
      said("{token_file: /run/token}", "  properties: {security.protocol: SASL_SSL, sasl.oauthbearer.method: oidc}\n"),
      HasSubstr("sasl.oauthbearer.method"));
}

TEST(OAuthOfTheConfig, IsNeededByTheMechanism) {
  const auto problems = [](std::string_view more) {
    return problems_of(with_source(
        cat("kafka: {properties: {security.protocol: SASL_SSL, sasl.mechanism: OAUTHBEARER", more, "}}\n")));
  };
  EXPECT_THAT(problems(""), HasSubstr("sasl.mechanism OAUTHBEARER needs kafka.oauth"));
  EXPECT_EQ(problems(", sasl.oauthbearer.method: oidc"), "");
}

TEST(OAuthOfTheConfig, EachValueIsChecked) {
  EXPECT_THAT(said("{token_url: idp, client_id: me, client_secret: {env: KAFKA_CLIENT_SECRET}}"),
              HasSubstr("kafka.oauth.token_url: 'idp' is no URL"));
  EXPECT_THAT(said("{token_url: http://idp/token, client_id: me, client_secret: {env: KAFKA_CLIENT_SECRET}}"),
              HasSubstr("use https"));
  EXPECT_EQ(said("{token_url: http://127.0.0.1:1/t, client_id: me, client_secret: {env: KAFKA_CLIENT_SECRET}}"), "");
  EXPECT_THAT(
      said("{token_url: https://idp/token, client_id: me, client_secret: hunter2}"),
      AllOf(HasSubstr("kafka.oauth.client_secret: write {env: NAME} or {file: PATH}"), Not(HasSubstr("hunter"))));
  EXPECT_THAT(said("{token_file: /run/none}"), HasSubstr("cannot read /run/none: No such file"));
  EXPECT_THAT(said("{token_file: /run/blank}"), HasSubstr("is empty: put a token there"));
  EXPECT_THAT(said("{token_file: eyJhbGciOi}"), AllOf(HasSubstr("write the whole path"), Not(HasSubstr("eyJ"))));
  EXPECT_THAT(said("{token_file: /run/token, extensions: {auth: x}}"), HasSubstr("is no name of a SASL extension"));
}

}  // namespace
}  // namespace hookferry::config
