// A Kafka record as it is handed to the producer.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hookferry/outcome.h"

namespace hookferry {

/// One Kafka record: key, value and headers in one buffer, so that an event costs one allocation. Built once by append
/// calls (key first, then value, then headers), then only read. Movable, not thread-safe.
class Record {
 public:
  static constexpr std::size_t max_headers = 16;

  Record() = default;
  Record(TopicId topic, std::size_t size_hint) : topic_(topic) { bytes_.reserve(size_hint); }

  [[nodiscard]] TopicId topic() const noexcept { return topic_; }
  void set_topic(TopicId topic) noexcept { topic_ = topic; }
  [[nodiscard]] std::string_view key() const noexcept { return view(key_); }
  [[nodiscard]] std::string_view value() const noexcept { return view(value_); }
  [[nodiscard]] std::size_t header_count() const noexcept { return header_count_; }
  [[nodiscard]] std::string_view header_name(std::size_t i) const noexcept { return view(headers_[i].name); }
  [[nodiscard]] std::string_view header_value(std::size_t i) const noexcept { return view(headers_[i].value); }
  /// Bytes held: what the in-flight caps count.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  void append_key(std::string_view key) { key_ = append(key); }
  /// The value is whatever is appended to the returned buffer until `end_value`.
  [[nodiscard]] std::string& begin_value() {
    value_.offset = static_cast<std::uint32_t>(bytes_.size());
    return bytes_;
  }
  void end_value() { value_.size = static_cast<std::uint32_t>(bytes_.size() - value_.offset); }
  /// False, with nothing appended, when there are `max_headers` already.
  [[nodiscard]] bool append_header(std::string_view name, std::string_view value) {
    if (header_count_ == max_headers) return false;
    headers_[header_count_++] = {append(name), append(value)};
    return true;
  }

 private:
  struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  struct Header {
    Slice name;
    Slice value;
  };
  [[nodiscard]] std::string_view view(Slice slice) const noexcept {
    return std::string_view(bytes_).substr(slice.offset, slice.size);
  }
  Slice append(std::string_view text) {
    const Slice slice{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(text.size())};
    bytes_.append(text);
    return slice;
  }

  TopicId topic_ = 0;
  std::uint8_t header_count_ = 0;
  Slice key_;
  Slice value_;
  std::array<Header, max_headers> headers_{};
  std::string bytes_;
};

}  // namespace hookferry
