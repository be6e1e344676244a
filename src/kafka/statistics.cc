#include "kafka/statistics.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"

namespace hookferry::kafka {
namespace {

/// Steps through JSON text, token by token. Any misstep sets `failed` and ends every loop.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  bool take(char c) noexcept {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) noexcept {
    if (!take(c)) failed_ = true;
  }
  /// A string's inside, as it stands: librdkafka's names have nothing to unescape.
  std::string_view string() noexcept {
    expect('"');
    for (std::size_t i = 0; !failed_ && i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        const std::string_view inside = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return inside;
      }
    }
    failed_ = true;
    return {};
  }
  /// A string's inside, or a number or name as it stands.
  std::string_view scalar() noexcept {
    skip_space();
    if (!rest_.empty() && rest_.front() == '"') return string();
    const std::size_t end = std::min(rest_.find_first_of(",}] \t\r\n"), rest_.size());
    if (end == 0) failed_ = true;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return text;
  }
  [[nodiscard]] bool at_object() noexcept {
    skip_space();
    return !rest_.empty() && rest_.front() == '{';
  }
  /// Calls `member(name)` for each member of an object until it answers false; `member` reads the value.
  template <class Member>
  void object(Member member) {
    expect('{');
    if (failed_ || take('}')) return;
    do {
      const std::string_view name = string();
      expect(':');
      if (failed_ || !member(name)) return;
    } while (!failed_ && take(','));
    expect('}');
  }
  void skip() {
    if (!at_object()) {
      scalar();
      return;
    }
    object([this](std::string_view) {
      skip();
      return true;
    });
  }

 private:
  void skip_space() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string_view rest_;
  bool failed_ = false;
};

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct BrokerEntry {
  BrokerState state;
  bool logical = false;
  std::uint64_t retries = 0;
};

BrokerEntry read_broker(Cursor& in) {
  BrokerEntry broker;
  std::string address;
  in.object([&](std::string_view name) {
    if (name == "nodeid") {
      broker.state.id = number<std::int32_t>(in.scalar());
    } else if (name == "nodename") {
      address = in.scalar();
    } else if (name == "source") {
      broker.logical = in.scalar() == "logical";
    } else if (name == "state") {
      const std::string_view state = in.scalar();
      broker.state.up = state == "UP" || state == "UPDATE";
    } else if (name == "txretries") {
      broker.retries = number<std::uint64_t>(in.scalar());
    } else if (name == "rtt") {
      in.object([&](std::string_view member) {
        const std::string_view value = in.scalar();
        if (member == "avg") broker.state.rtt_seconds = static_cast<double>(number<std::int64_t>(value)) / 1e6;
        return true;
      });
    } else {
      in.skip();
    }
    return true;
  });
  broker.state.name = cat(broker.state.id, " ", address);
  return broker;
}

}  // namespace

std::optional<Statistics> read_statistics(std::string_view json) {
  Statistics statistics;
  bool seen = false;
  Cursor in(json);
  in.object([&](std::string_view name) {
    if (name != "brokers") {
      in.skip();
      return true;
    }
    in.object([&](std::string_view) {
      BrokerEntry broker = read_broker(in);
      statistics.connected = statistics.connected || broker.state.up;
      statistics.retries += broker.retries;
      if (broker.state.id >= 0 && !broker.logical) statistics.brokers.push_back(std::move(broker.state));
      return true;
    });
    seen = true;
    return false;
  });
  if (in.failed() || !seen) return std::nullopt;
  std::sort(statistics.brokers.begin(), statistics.brokers.end(),
            [](const BrokerState& a, const BrokerState& b) { return a.id < b.id; });
  return statistics;
}

}  // namespace hookferry::kafka
