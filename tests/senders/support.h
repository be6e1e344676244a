// What the tests of this room share: the fixtures, and a source with its verifier and reader.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "senders/presets.h"
#include "senders/reader.h"
#include "senders/source.h"
#include "senders/verifier.h"

namespace hookferry::senders::test {

inline std::string read_file(const std::string& name) {
  std::ifstream in(std::string(HOOKFERRY_FIXTURES) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The lines of a fixture table, without its heading, split at tabs.
inline std::vector<std::vector<std::string>> read_table(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(read_file(name));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string field;
    auto& row = rows.emplace_back();
    while (std::getline(fields, field, '\t')) row.push_back(field);
  }
  EXPECT_FALSE(rows.empty()) << name;
  return rows;
}

inline SourceSpec spec_of(const std::string& preset) {
  SourceSpec spec;
  spec.name = preset;
  spec.preset = preset;
  spec.secrets = {preset + "-test-secret"};
  return spec;
}

/// A source with one verifier and one reader, as a thread has them.
class Sender {
 public:
  explicit Sender(SourceSpec spec) : Sender(Source::make(std::move(spec)).value()) {}
  explicit Sender(std::shared_ptr<const Source> source) : source_(source), verifier_(source), reader_(source) {}

  [[nodiscard]] const Source& source() const { return *source_; }
  [[nodiscard]] Verifier& verifier() { return verifier_; }
  [[nodiscard]] VerifiedBody verified(std::string_view body) {
    const std::string signature = sign(source_->secrets().front(), body);
    const HeaderView headers[] = {{source_->signature_header(), signature}};
    return std::get<VerifiedBody>(verifier_.verify(headers, body));
  }
  /// `body` must outlive the event.
  [[nodiscard]] std::variant<Event, Unroutable> read(std::string_view body) { return reader_.read(verified(body)); }

 private:
  std::shared_ptr<const Source> source_;
  Verifier verifier_;
  Reader reader_;
};

inline Sender glossi(std::vector<std::string> events = {}) {
  SourceSpec spec = spec_of("glossi");
  spec.events = std::move(events);
  return Sender(std::move(spec));
}
inline Sender meshqa() {
  return Sender(spec_of("meshqa"));
}

/// "event_name" of what was read, or the reason why it cannot be routed.
inline std::string told(const Sender& sender, const std::variant<Event, Unroutable>& result) {
  if (const auto* const event = std::get_if<Event>(&result)) return sender.source().events()[event->event];
  return std::string(name(std::get<Unroutable>(result).reason));
}

}  // namespace hookferry::senders::test
