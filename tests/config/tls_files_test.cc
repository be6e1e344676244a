// http.tls: the files, and the exact text of what is wrong with them.
#include <gtest/gtest.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

FakeEnvironment with_files() {
  FakeEnvironment environment;
  environment.files = {{"/tls/crt", "a certificate"}, {"/tls/key", "a key"}, {"/tls/ca", "an authority"}};
  return environment;
}

std::string said(std::string_view tls, const FakeEnvironment& environment = with_files()) {
  return problems_of(with_source(cat("http:\n  tls: ", tls, "\n")), environment);
}

TEST(TlsFilesOfTheConfig, AreReadWithIt) {
  const Loaded loaded =
      load_text(with_source("http: {tls: {certificate: /tls/crt, key: /tls/key, client_ca: /tls/ca}}\n"), with_files());
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  const Tls expected{{"/tls/crt", "a certificate"}, {"/tls/key", "a key"}, {"/tls/ca", "an authority"}};
  EXPECT_EQ(loaded.config->http.tls, expected);
  EXPECT_TRUE(loaded.config->http.tls.used());
}

TEST(TlsFilesOfTheConfig, AreNoneWithoutTheSection) {
  for (const std::string_view text : {"", "http: {tls: }\n", "http: {tls: {}}\n"}) {
    const Loaded loaded = load_text(with_source(text));
    EXPECT_EQ(all(loaded), "");
    ASSERT_TRUE(loaded.config);
    EXPECT_FALSE(loaded.config->http.tls.used());
  }
}

TEST(TlsFilesOfTheConfig, ComeTogether) {
  EXPECT_EQ(
      said("{certificate: /tls/crt}"),
      "f.yaml:2:8: http.tls.key is missing: TLS needs the server's certificate and its key, each the path of a file "
      "in PEM; without the section the port is plain\n"
      "  tls: {certificate: /tls/crt}\n"
      "       ^\n");
  EXPECT_EQ(
      said("{key: /tls/key}"),
      "f.yaml:2:8: http.tls.certificate is missing: TLS needs the server's certificate and its key, each the path "
      "of a file in PEM; without the section the port is plain\n"
      "  tls: {key: ***\n"
      "       ^\n");
  const std::string alone = said("{client_ca: /tls/ca}");
  EXPECT_NE(alone.find("http.tls.certificate is missing"), std::string::npos) << alone;
  EXPECT_NE(alone.find("http.tls.key is missing"), std::string::npos) << alone;
}

TEST(TlsFilesOfTheConfig, ThatAreNotThere) {
  EXPECT_EQ(said("{certificate: /tls/none, key: /tls/key}"),
            "f.yaml:2:22: http.tls.certificate: cannot read /tls/none: No such file or directory: put the server's "
            "certificate there, in PEM, for the user that hookferry runs as to read\n"
            "  tls: {certificate: /tls/none, key: ***\n"
            "                     ^\n");
  EXPECT_EQ(
      said("{certificate: /tls/crt, key: /tls/none}"),
      "f.yaml:2:37: http.tls.key: cannot read /tls/none: No such file or directory: put the certificate's private "
      "key there, in PEM, for the user that hookferry runs as to read\n"
      "  tls: {certificate: /tls/crt, key: ***\n"
      "                                    ^\n");
  EXPECT_EQ(said("{certificate: [/tls/crt], key: \"\"}"),
            "f.yaml:2:22: http.tls.certificate: must be the path of a file, and is a list\n"
            "  tls: {certificate: [/tls/crt], key: ***\n"
            "                     ^\n"
            "f.yaml:2:39: http.tls.key: write the path of a file in PEM with the certificate's private key\n"
            "  tls: {certificate: [/tls/crt], key: ***\n"
            "                                      ^\n");
}

TEST(TlsFilesOfTheConfig, ThatAreEmpty) {
  FakeEnvironment environment = with_files();
  environment.files["/tls/ca"].clear();
  EXPECT_EQ(
      said("{certificate: /tls/crt, client_ca: /tls/ca, key: /tls/key}", environment),
      "f.yaml:2:43: http.tls.client_ca: the file /tls/ca is empty: put the certificates of who signs those of the "
      "clients there, in PEM\n"
      "  tls: {certificate: /tls/crt, client_ca: /tls/ca, key: ***\n"
      "                                          ^\n");
}

TEST(TlsFilesOfTheConfig, WithFaults) {
  FakeEnvironment environment = with_files();
  environment.files["/tls/crt"] = "is no certificate";
  environment.files["/tls/key"] = "is another's key";
  environment.files["/tls/ca"] = "is no authority";
  const auto fault = [](std::string_view key, std::string_view path, std::string_view what) {
    return cat("http.tls.", key, ": the file ", path, " ", what, "\n");
  };
  std::string first_lines;
  for (const Problem& problem :
       load_text(with_source("http: {tls: {certificate: /tls/crt, key: /tls/key, client_ca: /tls/ca}}\n"), environment)
           .problems) {
    first_lines += problem.message + "\n";
  }
  EXPECT_EQ(first_lines, fault("certificate", "/tls/crt", "is no certificate") +
                             fault("key", "/tls/key", "is another's key") +
                             fault("client_ca", "/tls/ca", "is no authority"));
}

TEST(TlsFilesOfTheConfig, AKeyInTheirPlaceIsNotShown) {
  const std::string text = said("{certificate: /tls/crt, key: \"-----BEGIN PRIVATE KEY-----abcdefghijklmnop\"}");
  EXPECT_NE(text.find("http.tls.key: cannot read the file that is named here: put"), std::string::npos) << text;
  EXPECT_EQ(text.find("abcdef"), std::string::npos) << text;
}

}  // namespace
}  // namespace hookferry::config
