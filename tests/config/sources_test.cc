#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::HasSubstr;

/// The messages alone, one a line.
std::string messages(std::string_view text) {
  std::string out;
  for (const Problem& problem : load_text(text).problems) {
    out += cat(problem.line, ":", problem.column, " ", problem.message, "\n");
  }
  return out;
}

std::string source(std::string_view keys) {
  return cat("sources:\n- {preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}], ", keys, "}\n");
}

TEST(Sources, WhatIsMissingIsSaidWithWhatToWrite) {
  EXPECT_EQ(messages("sources:\n- path: /x\n- {name: b, preset: meshqa}\n"),
            "2:3 sources[0]: has no name: write name: NAME, which labels it and begins its topics' names\n"
            "2:3 sources[0]: has no preset: write preset: glossi | meshqa\n"
            "2:3 sources[0]: has no secrets: write secrets: [{env: NAME}]\n"
            "3:3 sources[1]: has no secrets: write secrets: [{env: MESHQA_WEBHOOK_SECRET}]\n");
  EXPECT_EQ(messages("sources:\n- a\n-\n"),
            "2:1 sources[1]: has no value: give it a map of a source's keys, or remove the key\n"
            "2:3 sources[0]: must be a map of a source's keys, and is a single value\n");
}

TEST(Sources, Names) {
  for (const std::string_view good : {"a", "glossi-2", "abcdefghijklmnopqrstuvwxyz-abcde"}) {
    EXPECT_EQ(messages(source(cat("name: ", good))), "") << good;
  }
  for (const std::string_view bad :
       {"\"\"", "A", "a.b", "a_b", "a b", "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz-abcdef"}) {
    EXPECT_THAT(messages(source(cat("name: ", bad))), HasSubstr("is not a source name: 1 to 32 of a-z, 0-9 and '-'"))
        << bad;
  }
}

TEST(Sources, Paths) {
  for (const std::string_view good : {"/", "/a", "/a/", "/webhooks/glossi-2_x.y~z"}) {
    EXPECT_EQ(messages(source(cat("name: a, path: ", good))), "") << good;
  }
  for (const std::string_view bad : {"a", "\"\"", "http://x/y"}) {
    EXPECT_THAT(messages(source(cat("name: a, path: ", bad))), HasSubstr("is not a path: it begins with '/'")) << bad;
  }
  for (const std::string_view bad :
       {"\"/a?b\"", "\"/a#b\"", "\"/a b\"", "/a%20", "/a//b", "/a/../b", "/.", "/a/.", "/\xc3\xa9", "/(.*)"}) {
    EXPECT_THAT(messages(source(cat("name: a, path: ", bad))), HasSubstr("is not a path to listen on")) << bad;
  }
  EXPECT_EQ(messages(source(cat("name: a, path: /", std::string(200, 'x')))),
            "2:76 sources[0].path: is longer than 200 characters\n");
}

TEST(Sources, UrisAndTypes) {
  EXPECT_EQ(messages(source("name: a, source_uri: \"https://a.example/b?c=d#e\", type: \"com.example.{event}.v1\"")),
            "");
  EXPECT_EQ(messages(source("name: a, source_uri: \"\", type: \"a b\"")),
            "2:82 sources[0].source_uri: '' is not a URI of 1 to 1024 characters\n"
            "2:92 sources[0].type: 'a b' is not an event type: printable characters without spaces, and {event}\n");
  EXPECT_THAT(messages(source("name: a, type: \"{source}.x\"")), HasSubstr("is not an event type"));
}

TEST(Sources, AreToldApart) {
  const std::string_view secrets = "secrets: [{env: GLOSSI_WEBHOOK_SECRET}]";
  const std::string problems =
      messages(cat("sources:\n- {name: a, preset: glossi, ", secrets, "}\n- {name: a, preset: glossi, ", secrets,
                   "}\n- {name: c, path: /webhooks/a, preset: glossi, ", secrets, "}\n"));
  EXPECT_THAT(problems, HasSubstr("3:10 sources[1].name: a is also the name of sources[0]\n"));
  EXPECT_THAT(problems, HasSubstr("4:19 sources[2].path: /webhooks/a is also the path of sources[0]\n"));
  EXPECT_EQ(problems.find("topic"), std::string::npos) << problems;
}

TEST(Sources, AnInvalidOneKeepsThePlacesOfTheOthers) {
  EXPECT_EQ(
      messages(
          "sources:\n"
          "- nonsense\n"
          "- {name: a, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}], events: [\"b c\", job.complete]}\n"),
      "2:3 sources[0]: must be a map of a source's keys, and is a single value\n"
      "3:79 sources[1].events[0]: 'b c' is not an event name that can be part of a topic's: 1 to 128 letters, digits, "
      "'.', '_' and '-'\n"
      "3:86 sources[1].events[1]: job.complete is one of the source's events already: remove it\n");
}

TEST(Sources, AnEventThatIsKnownAlreadyIsOnlyAWarning) {
  const Loaded loaded = load_text(source("name: a, events: [x, x, job.failed]"));
  EXPECT_TRUE(loaded.config);
  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_EQ(loaded.problems[0].severity, Problem::Severity::warning);
}

TEST(Sources, WhoMaySend) {
  const Loaded loaded = load_text(source("name: a, allow: [198.51.100.0/24, \"2001:db8::/32\", 203.0.113.7]"));
  EXPECT_EQ(all(loaded), "");
  ASSERT_TRUE(loaded.config);
  std::string texts;
  for (const Network& network : loaded.config->sources.at(0).allow) texts += network.text() + " ";
  EXPECT_EQ(texts, "198.51.100.0/24 2001:db8::/32 203.0.113.7/32 ");
  EXPECT_EQ(
      messages(source("name: a, allow: [10.1.2.3/8]")),
      "2:78 sources[0].allow[0]: '10.1.2.3/8' has bits set behind its prefix: write 10.0.0.0/8 for the network, or "
      "10.1.2.3 for the one address\n");
}

TEST(Sources, UnknownKeysNameTheItem) {
  EXPECT_EQ(messages(source("name: a, client: x")),
            "2:70 unknown key 'sources[0].client'; known here: name, preset, path, secrets, events, source_uri, type, "
            "allow\n");
  EXPECT_EQ(messages(source("name: a, secret: x")), "2:70 unknown key 'sources[0].secret'; did you mean secrets?\n");
}

}  // namespace
}  // namespace hookferry::config
