#include "base/time.h"

#include <array>

namespace hookferry {
namespace {

void append_padded(std::string& out, unsigned value, int width) {
  std::array<char, 8> digits{};
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits.data(), width);
}

/// Reads fixed-width fields off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  /// The next `width` digits, or -1.
  int number(std::size_t width) noexcept {
    if (rest_.size() < width) return -1;
    int value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// How many digits follow, all taken.
  std::size_t digits() noexcept {
    std::size_t count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      rest_.remove_prefix(1);
      ++count;
    }
    return count;
  }
  [[nodiscard]] bool done() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_date(Reader& in) noexcept {
  const int year = in.number(4);
  if (!in.take('-')) return false;
  const int month = in.number(2);
  if (!in.take('-')) return false;
  const int day = in.number(2);
  // Year 0 is valid by the grammar, but several SDKs have no such year.
  if (year < 1 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool read_time(Reader& in) noexcept {
  const int hour = in.number(2);
  if (hour < 0 || hour > 23 || !in.take(':')) return false;
  const int minute = in.number(2);
  if (minute < 0 || minute > 59 || !in.take(':')) return false;
  const int second = in.number(2);
  if (second < 0 || second > 59) return false;
  if (in.take('.')) {
    const std::size_t decimals = in.digits();
    if (decimals < 1 || decimals > 9) return false;
  }
  return true;
}

bool read_offset(Reader& in) noexcept {
  if (in.take('Z')) return true;
  if (!in.take('+') && !in.take('-')) return false;
  const int hours = in.number(2);
  if (hours < 0 || hours > 23 || !in.take(':')) return false;
  const int minutes = in.number(2);
  return minutes >= 0 && minutes <= 59;
}

}  // namespace

MonotonicTime SystemClock::monotonic() const noexcept {
  return std::chrono::steady_clock::now();
}
WallTime SystemClock::wall() const noexcept {
  return std::chrono::system_clock::now();
}

void append_rfc3339(std::string& out, WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_padded(out, static_cast<unsigned>(clock.hours().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(clock.seconds().count()), 2);
  out.push_back('.');
  append_padded(out, static_cast<unsigned>(clock.subseconds().count()), 3);
  out.push_back('Z');
}

bool is_rfc3339(std::string_view text) noexcept {
  Reader in(text);
  return read_date(in) && in.take('T') && read_time(in) && read_offset(in) && in.done();
}

}  // namespace hookferry
