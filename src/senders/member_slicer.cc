#include "senders/member_slicer.h"

namespace hookferry::senders {
namespace {

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

MemberSlicer::MemberSlicer(std::string_view text) noexcept : text_(text) {
  skip_space();
  if (!take('{')) state_ = State::broken;
}

bool MemberSlicer::next(MemberSlice& member) noexcept {
  if (state_ == State::complete || state_ == State::broken) return false;
  skip_space();
  if (take('}')) {
    skip_space();
    return finish(at_ == text_.size() ? State::complete : State::broken);
  }
  if (state_ == State::further) {
    if (!take(',')) return finish(State::broken);
    skip_space();
  }
  const std::size_t key = at_;
  if (!skip_string()) return finish(State::broken);
  member.key = text_.substr(key, at_ - key);
  skip_space();
  if (!take(':')) return finish(State::broken);
  skip_space();
  const std::size_t value = at_;
  if (!skip_value()) return finish(State::broken);
  member.value = text_.substr(value, at_ - value);
  state_ = State::further;
  return true;
}

bool MemberSlicer::finish(State state) noexcept {
  state_ = state;
  return false;
}

void MemberSlicer::skip_space() noexcept {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool MemberSlicer::take(char c) noexcept {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool MemberSlicer::skip_string() noexcept {
  if (!take('"')) return false;
  // Most of a large body is strings: `find` takes them many bytes at a time.
  std::size_t quote = text_.find('"', at_);
  while (quote != std::string_view::npos) {
    const std::size_t escape = text_.substr(at_, quote - at_).find('\\');
    if (escape == std::string_view::npos) {
      at_ = quote + 1;
      return true;
    }
    at_ += escape + 2;
    if (at_ > quote) quote = text_.find('"', at_);  // it was the one that was escaped
  }
  at_ = text_.size();
  return false;
}

bool MemberSlicer::skip_container() noexcept {
  std::size_t depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_string()) return false;
      continue;
    }
    ++at_;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

bool MemberSlicer::skip_scalar() noexcept {
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && !is_space(text_[at_])) ++at_;
  return at_ > begin;
}

bool MemberSlicer::skip_value() noexcept {
  if (at_ == text_.size()) return false;
  switch (text_[at_]) {
    case '"':
      return skip_string();
    case '{':
    case '[':
      return skip_container();
    default:
      return skip_scalar();
  }
}

}  // namespace hookferry::senders
