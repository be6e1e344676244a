#include "tests/bench/load/connection.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/bench/common/arguments.h"

namespace hookferry::bench {

void Connection::use(Wire wire) {
  wire_ = std::move(wire);
  opening_ = true;
}

Connection::Progress Connection::post(Clock::time_point due) {
  due_ = due;
  unsent_ = request_;
  response_.clear();
  busy_ = true;
  const bool lost = is_open() && !opening_ && wire_.write(unsent_) == Wire::Io::lost;
  return lost ? lose() : Progress::none;
}

Connection::Progress Connection::advance() {
  using Io = Wire::Io;
  if (opening_) {
    const Io io = wire_.open();
    if (io != Io::done) return io == Io::again ? Progress::none : lose();
    opening_ = false;
    if (!busy_) return Progress::opened;
  }
  if (!unsent_.empty() && wire_.write(unsent_) == Io::lost) return lose();
  // An answer that is there before its request is sent in full is taken when that is.
  while (true) {
    const Io io = wire_.read(response_);
    if (io == Io::lost) return lose();
    if (busy_ && unsent_.empty() && read_answer()) {
      busy_ = false;
      return Progress::answered;
    }
    if (io == Io::again) return Progress::none;
  }
}

Connection::Progress Connection::lose() {
  wire_.close();
  opening_ = false;
  unsent_ = {};
  return std::exchange(busy_, false) ? Progress::lost : Progress::none;
}

/// False while it is not complete.
bool Connection::read_answer() {
  const std::size_t head = response_.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  constexpr std::string_view name = "\r\ncontent-length:";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto end = response_.begin() + static_cast<std::ptrdiff_t>(head);
  const auto field = std::search(response_.begin(), end, name.begin(), name.end(), same);
  if (field == end || response_.size() < 12) fail("an answer without Content-Length:\n" + response_);
  const std::size_t length = std::strtoul(&*field + name.size(), nullptr, 10);
  const std::size_t size = head + 4 + length;
  if (response_.size() < size) return false;
  answer_ = {.status = std::atoi(response_.c_str() + 9),
             .body = std::string_view(response_).substr(head + 4, length),
             .exact = response_.size() == size};
  return true;
}

}  // namespace hookferry::bench
