#include "senders/member_scanner.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <charconv>

#include "base/check.h"

namespace hookferry::senders {
namespace {

namespace json = boost::json;
using Code = json::error_code;

void append_bounded(std::string& out, std::string_view text) {
  out.append(text.substr(0, Found::max_text + 1 - out.size()));
}

/// Takes the parser's calls; each returns whether to go on.
class Handler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  Handler(std::vector<Watch> watches, std::size_t data)
      : watches_(std::move(watches)), found_(watches_.size()), data_(data) {
    HOOKFERRY_CHECK(watches_.size() < MemberScanner::unwatched && data_ < watches_.size());
    for (Found& found : found_) found.text.reserve(Found::max_text + 1);
    key_.reserve(Found::max_text + 1);
  }

  void reset() noexcept {
    for (Found& found : found_) {
      found.count = 0;
      found.kind = Found::Kind::absent;
      found.text.clear();
    }
    top_level_.clear();
    key_.clear();
    depth_ = 0;
    pending_ = none;
    in_data_ = in_top_object_ = false;
  }
  [[nodiscard]] const Found& found(std::size_t watch) const noexcept { return found_[watch]; }
  [[nodiscard]] const std::vector<std::uint8_t>& top_level() const noexcept { return top_level_; }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_object_begin(Code&) {
    if (depth_ == 0) in_top_object_ = true;
    if (depth_ == 1) in_data_ = pending_ == data_;
    take(Found::Kind::other);
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t, Code&) { return close(); }
  bool on_array_begin(Code&) {
    take(Found::Kind::other);
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, Code&) { return close(); }

  bool on_key_part(json::string_view part, std::size_t, Code&) {
    append_bounded(key_, part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t size, Code&) {
    const bool top = depth_ == 1 && in_top_object_;
    const bool data = depth_ == 2 && in_data_;
    pending_ = none;
    if (top || data) {
      if (size == part.size()) {
        pending_ = find(part, data);
      } else {
        append_bounded(key_, part);
        pending_ = find(key_, data);
      }
    }
    if (top) top_level_.push_back(pending_ == none ? MemberScanner::unwatched : static_cast<std::uint8_t>(pending_));
    if (pending_ != none) {
      ++found_[pending_].count;
      found_[pending_].text.clear();
    }
    key_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, Code&) {
    if (pending_ != none) append_bounded(found_[pending_].text, part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, Code&) {
    if (pending_ != none) append_bounded(found_[pending_].text, part);
    take(Found::Kind::text);
    return true;
  }
  bool on_number_part(json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, Code&) { return take_integer(number); }
  bool on_uint64(std::uint64_t number, json::string_view, Code&) { return take_integer(number); }
  bool on_double(double, json::string_view, Code&) { return take(Found::Kind::other); }
  bool on_bool(bool, Code&) { return take(Found::Kind::other); }
  bool on_null(Code&) { return take(Found::Kind::other); }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  [[nodiscard]] std::size_t find(std::string_view name, bool in_data) const noexcept {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      if (watches_[i].in_data == in_data && watches_[i].name == name) return i;
    }
    return none;
  }
  /// The value of the watched member whose name came last, if one is waited for.
  bool take(Found::Kind kind) noexcept {
    if (pending_ != none) found_[pending_].kind = kind;
    pending_ = none;
    return true;
  }
  template <class Integer>
  bool take_integer(Integer number) {
    if (pending_ != none) {
      char digits[24];
      found_[pending_].text.assign(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    }
    return take(Found::Kind::integer);
  }
  bool close() noexcept {
    --depth_;
    return true;
  }

  std::vector<Watch> watches_;
  std::vector<Found> found_;  // by watch
  std::size_t data_;
  std::vector<std::uint8_t> top_level_;
  std::string key_;        // of a key that comes in parts, those before
  std::size_t depth_ = 0;  // containers that are open
  std::size_t pending_ = none;
  bool in_top_object_ = false;
  bool in_data_ = false;  // the last object to open at depth 2 was the data member's
};

json::parse_options options() noexcept {
  json::parse_options options;
  options.max_depth = MemberScanner::max_depth;
  return options;
}

}  // namespace

struct MemberScanner::State {
  State(std::vector<Watch> watches, std::size_t data) : parser(options(), std::move(watches), data) {}
  json::basic_parser<Handler> parser;
};

MemberScanner::MemberScanner(std::vector<Watch> watches, std::size_t data)
    : state_(std::make_unique<State>(std::move(watches), data)) {}
MemberScanner::~MemberScanner() = default;

ScanResult MemberScanner::scan(std::string_view text) {
  auto& parser = state_->parser;
  parser.reset();
  parser.handler().reset();
  Code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (code == json::error::too_deep) return ScanResult::too_deep;
  return code || read != text.size() ? ScanResult::not_json : ScanResult::valid;
}

const Found& MemberScanner::found(std::size_t watch) const noexcept {
  return state_->parser.handler().found(watch);
}
const std::vector<std::uint8_t>& MemberScanner::top_level() const noexcept {
  return state_->parser.handler().top_level();
}

}  // namespace hookferry::senders
