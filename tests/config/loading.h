// What the tests of loading share: an environment in memory, and problems as one text.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/config.h"

namespace hookferry::config {

class FakeEnvironment final : public Environment {
 public:
  std::map<std::string, std::string> variables{{"GLOSSI_WEBHOOK_SECRET", "glossi-secret-of-32-bytes-or-more"},
                                               {"MESHQA_WEBHOOK_SECRET", "meshqa-secret-of-32-bytes-or-more"}};
  std::map<std::string, std::string> files;

  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return error(cat("cannot read ", path, ": No such file or directory"));
    return Result<std::string>(boost::system::in_place_value, found->second);
  }
};

/// Stands for the kafka room's knowledge: refuses acks, and says the value of what it does not know.
inline std::string fake_property_check(const std::string& name, const std::string& value) {
  if (name == "acks") return "acks is fixed to all: a 200 rests on it";
  if (name == "no.such") return cat("no.such: '", value, "' is unknown to librdkafka");
  return {};
}

/// Stands for the http room's knowledge: a file's content is its fault, if it is one.
inline TlsFaults fake_tls_check(const Tls& tls) {
  const auto fault = [](const PemFile& file) { return file.content.starts_with("is") ? file.content : std::string(); };
  return {fault(tls.certificate), fault(tls.key), fault(tls.client_ca)};
}

/// Likewise.
inline std::string fake_url_check(const std::string& url) {
  return url.starts_with("http") ? std::string() : cat("'", url, "' is no URL");
}

inline Loaded load_text(std::string_view text, const FakeEnvironment& environment = {},
                        const Overrides& overrides = {}) {
  return load("f.yaml", text, overrides, environment, Validators{fake_property_check, fake_tls_check, fake_url_check});
}

inline std::string all(const Loaded& loaded) {
  std::string out;
  for (const Problem& problem : loaded.problems) out += format(problem) + "\n";
  return out;
}

/// What `check` would print for a file.
inline std::string problems_of(std::string_view text, const FakeEnvironment& environment = {}) {
  return all(load_text(text, environment));
}

/// A source that nothing is wrong with, to stand below what a test is about.
inline constexpr std::string_view good_source =
    "sources:\n"
    "  - {name: glossi, preset: glossi, secrets: [{env: GLOSSI_WEBHOOK_SECRET}]}\n";

inline std::string with_source(std::string_view text) {
  return cat(text, good_source);
}

}  // namespace hookferry::config
