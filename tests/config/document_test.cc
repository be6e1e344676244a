#include "config/document.h"

#include <gmock/gmock.h>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// What is said of a file, without warnings of what it lacks: the text itself is at fault.
TEST(Syntax, TabInTheIndentation) {
  EXPECT_EQ(problems_of("http:\n\tlisten: \":1\"\nlog:\n  \tlevel: info\n"),
            "f.yaml:2:1: a tab in the indentation: YAML takes only spaces there\n"
            "\tlisten: \":1\"\n"
            "^\n"
            "f.yaml:4:3: a tab in the indentation: YAML takes only spaces there\n"
            "  \tlevel: info\n"
            "  ^\n");
  EXPECT_EQ(problems_of(with_source("\t# a comment\n\t\n")), "");
}

TEST(Syntax, YamlCppsErrorsHaveTheirPlace) {
  EXPECT_EQ(
      problems_of("http:\n  threads: 1\n listen: 2\n"),
      "f.yaml:3:2: not valid YAML (end of map not found): check indentation, quotes and brackets here and just above\n"
      " listen: 2\n"
      " ^\n");
  EXPECT_EQ(problems_of("http: {threads: 1\n"),
            "f.yaml:1:18: not valid YAML (end of map flow not found): check indentation, quotes and brackets here and "
            "just above\n"
            "http: {threads: 1\n"
            "                 ^\n");
  EXPECT_EQ(
      problems_of("a: b: c\n"),
      "f.yaml:1:5: not valid YAML (illegal map value): check indentation, quotes and brackets here and just above\n"
      "a: b: c\n"
      "    ^\n");
}

TEST(Syntax, AQuoteThatDoesNotEnd) {
  EXPECT_EQ(problems_of("http:\n  listen: \":80\n  threads: 1\nsources: []\n"),
            "f.yaml:2:11: the quote that begins here does not end on its line\n"
            "  listen: \":80\n"
            "          ^\n");
}

TEST(Syntax, QuotesWithinQuotes) {
  for (const std::string_view line :
       {"a: 'it''s'", "a: \"\\\"\"", "a: \"\\\\\"", "a: ''", "a: \"'\"", "'a': b", "\"a\": 'b' # '"}) {
    EXPECT_TRUE(parse(line).problems.empty()) << line;
  }
  for (const std::string_view line : {"a: 'it''s\n  b'", "a: \"\\\"\n  b\""}) {
    ASSERT_EQ(parse(line).problems.size(), 1u) << line;
    EXPECT_THAT(parse(line).problems[0].message, HasSubstr("does not end on its line"));
  }
}

TEST(Syntax, SeveralDocuments) {
  EXPECT_EQ(problems_of("http: {}\n---\nsources: []\n"),
            "f.yaml:2:1: a second document begins here: a configuration is one document\n"
            "---\n"
            "^\n");
}

TEST(Syntax, WhatFollowsTheDocumentIsSaidOnce) {
  // Of each of these but the last yaml-cpp makes documents without end.
  EXPECT_EQ(problems_of("{http: {}}, log\n"),
            "f.yaml:1:11: this belongs to nothing above it: check indentation, quotes and brackets\n"
            "{http: {}}, log\n"
            "          ^\n");
  for (const std::string_view text : {",", "- a\n, b\n", "[a, b]\n, c\n", "{http: {}}\nlog: {}\n"}) {
    const Loaded loaded = load_text(text);
    ASSERT_EQ(loaded.problems.size(), 1u) << text;
    EXPECT_THAT(loaded.problems[0].message, StartsWith("this belongs to nothing above it")) << text;
  }
}

TEST(Syntax, AStrayBracket) {
  EXPECT_EQ(
      problems_of("http: {}\n}\n"),
      "f.yaml:2:1: not valid YAML (illegal flow end): check indentation, quotes and brackets here and just above\n"
      "}\n"
      "^\n");
}

TEST(Syntax, AnchorsAliasesAndTags) {
  EXPECT_THAT(problems_of(with_source("http: &a {threads: 1}\n")),
              StartsWith("f.yaml:1:7: an anchor (&name): write the value where it is needed\n"));
  EXPECT_EQ(problems_of(with_source("http: {threads: &a 1}\nlog: {level: *a}\nadmin:\n  <<: *a\n")),
            "f.yaml:1:17: an anchor (&name): write the value where it is needed\n"
            "http: {threads: &a 1}\n"
            "                ^\n"
            "f.yaml:2:14: an alias (*name): write the value itself, so that each has its place\n"
            "log: {level: *a}\n"
            "             ^\n"
            "f.yaml:4:3: unknown key 'admin.<<'; known here: listen\n"
            "  <<: *a\n"
            "  ^\n"
            "f.yaml:4:7: an alias (*name): write the value itself, so that each has its place\n"
            "  <<: *a\n"
            "      ^\n");
  EXPECT_EQ(problems_of(with_source("log: {level: !!str info}\n")),
            "f.yaml:1:14: a tag (!name): remove it\n"
            "log: {level: !!str info}\n"
            "             ^\n");
}

TEST(Syntax, ABillionLaughsAreRefusedAtOnce) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string one = cat("*a", i - 1);
    text += cat("a", i, ": &a", i, " [", one, ", ", one, ", ", one, ", ", one, "]\n");
  }
  EXPECT_FALSE(load_text(text).config);
}

TEST(Syntax, DeepNestingIsAnErrorNotACrash) {
  for (const std::string_view open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += open;
    EXPECT_FALSE(load_text(text).config) << open;
  }
}

TEST(Syntax, ControlCharactersAndOtherEncodingsAreNotShown) {
  EXPECT_EQ(problems_of("a: b\nhttp: {}\x04\n"), "f.yaml:2:9: a control character: remove it\n");
  EXPECT_EQ(problems_of("a: \x1b[31m\n"), "f.yaml:1:4: a control character: remove it\n");
  EXPECT_EQ(problems_of("a: \xc2\x9b\n"), "f.yaml:1:4: a control character: remove it\n");
  EXPECT_EQ(problems_of("a: b\rc: d\n"), "f.yaml:1:5: a control character: remove it\n");
  EXPECT_EQ(problems_of("a: \xc3(\n"), "f.yaml:1:4: not UTF-8: save the file in this encoding\n");
  EXPECT_EQ(problems_of(std::string_view("\xff\xfeh\0t\0", 6)),
            "f.yaml:1:1: not UTF-8: save the file in this encoding\n");
}

TEST(Syntax, Utf8) {
  for (const std::string_view good :
       {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(parse(cat("a: ", good)).problems.empty()) << good;
  }
  for (const std::string_view bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
                                     "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98"}) {
    EXPECT_EQ(parse(cat("a: ", bad)).problems.size(), 1u) << testing::PrintToString(bad);
  }
}

TEST(Syntax, AHugeFileIsNotRead) {
  EXPECT_THAT(problems_of(std::string((1 << 20) + 1, '#')),
              StartsWith("f.yaml:1:1: larger than 1 MiB: this is no configuration\n"));
}

TEST(Document, KeepsPlacesOrderAndDuplicates) {
  const Document document = parse("a: 1\nb:\n  - x\n  - 'true'\na: {c: }\n");
  ASSERT_TRUE(document.complete);
  ASSERT_EQ(document.root.entries.size(), 3u);
  EXPECT_EQ(document.root.entries[2].key.text, "a");
  EXPECT_EQ(document.root.entries[2].key.place, (Place{4, 0}));
  const Node& list = document.root.entries[1].value;
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[1].place, (Place{3, 4}));
  EXPECT_TRUE(list.items[0].plain);
  EXPECT_FALSE(list.items[1].plain);
  const Node& nothing = document.root.entries[2].value.entries.at(0).value;
  EXPECT_EQ(nothing.kind, Node::Kind::null);
  EXPECT_EQ(nothing.place, (Place{4, 4}));
  ASSERT_NE(document.root.find("a"), nullptr);
  EXPECT_EQ(document.root.find("a")->text, "1");
  EXPECT_EQ(document.root.find("z"), nullptr);
}

TEST(SplitLines, LeavesOutLineBreaks) {
  EXPECT_THAT(split_lines(""), ElementsAre(""));
  EXPECT_THAT(split_lines("a\r\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(split_lines("a\n"), ElementsAre("a"));
}

}  // namespace
}  // namespace hookferry::config
