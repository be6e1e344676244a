// Whatever the file is, loading ends with problems or a configuration: no crash, no exception, nothing out of place.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/config/loading.h"

namespace hookferry::config {
namespace {

constexpr std::string_view seed_text = R"(# comment
http: {listen: "[::]:8080", threads: auto, max_body: 896KiB}
admin:
  listen: 127.0.0.1:8081
kafka:
  bootstrap_servers: [localhost:9092, 'b']
  topic: "{source}.{event}"
  create_topics: {enabled: true, config: {retention.ms: 1}}
  properties:
    sasl.password: {env: MESHQA_WEBHOOK_SECRET}
    ssl.ca.pem: |
      text
      more
sources:
  - name: glossi
    preset: glossi
    secrets:
      - env: GLOSSI_WEBHOOK_SECRET
      - {file: /s}
    events: [new.event]
log: {level: info}
)";

std::string mutated(std::mt19937& random) {
  constexpr std::string_view pieces[] = {
      ":",  ": ", "\n", "\t", "- ",   "[",    "]", "{",    "}",    "\"",   "'",        "#",
      "&a", "*a", "!",  "|",  ">",    "%",    "@", "`",    "? ",   "---",  "...",      "\\",
      "<<", ",",  "\r", "  ", "\x04", "\xc3", "~", "null", "key:", "x: y", "secret: ", "\xef\xbb\xbf"};
  std::string text(seed_text);
  const auto position = [&] { return text.empty() ? 0 : random() % text.size(); };
  const int changes = 1 + static_cast<int>(random() % 6);
  for (int i = 0; i < changes; ++i) {
    switch (random() % 5) {
      case 0:
        text.insert(position(), pieces[random() % std::size(pieces)]);
        break;
      case 1:
        text.erase(position(), 1 + random() % 8);
        break;
      case 2:
        text[position()] = static_cast<char>(random() % 256);
        break;
      case 3:
        text.insert(position(), text.substr(position(), random() % 40));
        break;
      default:
        text.resize(position());
        break;
    }
    if (text.empty()) text = "a";
  }
  return text;
}

void expect_in_order(const Loaded& loaded, const std::string& text) {
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::pair<int, int> last{0, 0};
  bool error = false;
  for (const Problem& problem : loaded.problems) {
    EXPECT_LE(last, std::make_pair(problem.line, problem.column)) << text;
    EXPECT_GE(problem.line, 1) << text;
    EXPECT_LE(problem.line, lines) << text;
    EXPECT_GE(problem.column, 1) << text;
    EXPECT_FALSE(problem.message.empty());
    EXPECT_FALSE(format(problem).empty());
    last = {problem.line, problem.column};
    error = error || problem.severity == Problem::Severity::error;
  }
  EXPECT_EQ(loaded.config.has_value(), !error) << text;
}

TEST(Mutation, AnyTextIsTakenOrRefusedWithReasons) {
  FakeEnvironment environment;
  environment.files["/s"] = "file-secret-of-many-bytes\n";
  std::mt19937 random(20240229);
  int loaded_whole = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = mutated(random);
    const Loaded loaded = load_text(text, environment);
    expect_in_order(loaded, text);
    for (const auto& [name, value] : environment.variables)
      EXPECT_EQ(all(loaded).find(value), std::string::npos) << text;
    loaded_whole += loaded.config ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(loaded_whole, 100);
  EXPECT_LT(loaded_whole, 19900);
}

/// A plain secret in a file that is also broken elsewhere: whatever is said, it is not said.
TEST(Mutation, APlainSecretIsNeverShown) {
  std::mt19937 random(7);
  const std::string with_secret(seed_text);
  for (int round = 0; round < 5000; ++round) {
    std::string text = with_secret;
    text.replace(text.find("- env: GLOSSI_WEBHOOK_SECRET"), 28, "- zanzibar");
    const std::size_t start = text.find("secrets:");
    const std::size_t end = text.find("zanzibar");
    std::string tail = text.substr(end + 8);
    // Only what follows the secret is changed: a key or an indentation that is gone leaves nothing to know it by.
    for (int i = 0; i < 3; ++i) tail.insert(random() % tail.size(), 1, static_cast<char>(random() % 128));
    text = text.substr(0, start) + text.substr(start, end + 8 - start) + tail;
    const std::string problems = problems_of(text);
    EXPECT_EQ(problems.find("zanzibar"), std::string::npos) << text << problems;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace hookferry::config
