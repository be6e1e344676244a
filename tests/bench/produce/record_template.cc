#include "tests/bench/produce/record_template.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <fstream>

#include "tests/bench/common/arguments.h"

namespace hookferry::bench {
namespace {

constexpr std::size_t digits = 16;  // at the key's end, counted up

}  // namespace

RecordTemplate::RecordTemplate(const std::string& file) {
  std::ifstream lines(file);
  std::getline(lines, key_);
  std::getline(lines, value_);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) fail(file + ": a header without a tab");
    headers_.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  if (key_.size() < digits) fail(file + ": a key of at least 16 characters is needed");
  for (std::size_t at = value_.find(key_); at != std::string::npos; at = value_.find(key_, at + 1)) {
    keys_at_.push_back(at);
  }
  if (keys_at_.empty()) fail(file + ": the value does not have the key in it");
}

void RecordTemplate::renew(RecordCopy& record) {
  std::array<char, digits + 1> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, ++count_);
  record.key.replace(record.key.size() - digits, digits, text.data(), digits);
  for (const std::size_t at : keys_at_) record.value.replace(at, record.key.size(), record.key);
}

}  // namespace hookferry::bench
