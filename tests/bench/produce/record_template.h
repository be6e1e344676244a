// The record that hookferry publishes for an event, as a pattern for others.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hookferry::bench {

/// One record's own copy, which must stay as it is until it is reported.
struct RecordCopy {
  std::string key;
  std::string value;
};

class RecordTemplate {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// A file of lines: the key, the value, and each header's name and value with a tab between them.
  explicit RecordTemplate(const std::string& file);

  [[nodiscard]] RecordCopy copy() const { return {key_, value_}; }
  /// Makes it the record of another event: the key, and where it stands in the value.
  void renew(RecordCopy& record);
  [[nodiscard]] const Headers& headers() const { return headers_; }

 private:
  std::string key_;
  std::string value_;
  Headers headers_;
  std::vector<std::size_t> keys_at_;  // in the value
  std::uint64_t count_ = 0;
};

}  // namespace hookferry::bench
