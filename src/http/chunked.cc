#include "http/chunked.h"

#include <algorithm>
#include <cstring>

#include "http/characters.h"

namespace hookferry::http {
namespace {

constexpr Refusal bad_request(std::string_view hint) {
  return {400, hint};
}

}  // namespace

ChunkedDecoder::Result ChunkedDecoder::decode(std::string_view in, char* out, std::size_t max_body) noexcept {
  Result result;
  while (result.consumed < in.size()) {
    if (state_ == State::data) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, in.size() - result.consumed));
      std::memmove(out + result.produced, in.data() + result.consumed, count);
      result.consumed += count;
      result.produced += count;
      total_ += count;
      chunk_ -= count;
      if (chunk_ == 0) state_ = State::data_cr;
      continue;
    }
    result.refusal = take(in[result.consumed], max_body);
    if (result.refusal) {
      result.step = Step::refused;
      return result;
    }
    ++result.consumed;
    if (complete_) {
      result.step = Step::complete;
      return result;
    }
  }
  return result;
}

Refusal ChunkedDecoder::take(char c, std::size_t max_body) noexcept {
  switch (state_) {
    case State::size_first:
    case State::size:
    case State::extension:
    case State::size_lf:
      return take_size(c, max_body);
    case State::data_cr:
      if (c != '\r') return bad_request("a chunk is longer than its size");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (c != '\n') return bad_request("a CR without LF after a chunk");
      state_ = State::size_first;
      return {};
    default:
      return take_trailer(c);
  }
}

Refusal ChunkedDecoder::take_size(char c, std::size_t max_body) noexcept {
  if (state_ == State::size_lf) {
    if (c != '\n') return bad_request("a CR without LF in a chunk's head");
    return end_of_size(max_body);
  }
  if (state_ == State::extension) {
    if (c == '\r') {
      state_ = State::size_lf;
      return {};
    }
    if (!is_field_byte(c)) return bad_request("a control character in a chunk extension");
    if (++extension_bytes_ > max_extension_bytes) return bad_request("chunk extensions too long");
    return {};
  }
  const int digit = hexadecimal_value(c);
  if (digit >= 0) {
    if (state_ == State::size_first) {
      chunk_ = 0;
      digits_ = 0;
      state_ = State::size;
    }
    if (++digits_ > 8) return bad_request("a chunk size of more than eight digits");
    chunk_ = chunk_ << 4 | static_cast<std::uint64_t>(digit);
    return {};
  }
  if (state_ == State::size && c == '\r') {
    state_ = State::size_lf;
    return {};
  }
  if (state_ == State::size && c == ';') {
    if (++extension_bytes_ > max_extension_bytes) return bad_request("chunk extensions too long");
    state_ = State::extension;
    return {};
  }
  return bad_request("a chunk size that is not hexadecimal digits");
}

Refusal ChunkedDecoder::end_of_size(std::size_t max_body) noexcept {
  if (chunk_ == 0) {
    state_ = State::trailer_first;
    return {};
  }
  if (chunk_ > max_body - total_) return {413, "the body is larger than this server takes"};
  state_ = State::data;
  return {};
}

Refusal ChunkedDecoder::take_trailer(char c) noexcept {
  if (++trailer_bytes_ > max_trailer_bytes) return {431, "trailers too long"};
  switch (state_) {
    case State::trailer_first:
      if (c == '\r') {
        state_ = State::end_lf;
        return {};
      }
      [[fallthrough]];
    case State::trailer_name:
      if (c == ':' && state_ == State::trailer_name) {
        state_ = State::trailer_value;
        return {};
      }
      if (!is_token_byte(c)) return bad_request("a trailer that is not a header");
      state_ = State::trailer_name;
      return {};
    case State::trailer_value:
      if (c == '\r') {
        state_ = State::trailer_lf;
        return {};
      }
      return is_field_byte(c) ? Refusal{} : bad_request("a control character in a trailer");
    case State::trailer_lf:
      if (c != '\n') return bad_request("a CR without LF in a trailer");
      state_ = State::trailer_first;
      return {};
    default:
      if (c != '\n') return bad_request("a CR without LF after the last chunk");
      complete_ = true;
      return {};
  }
}

}  // namespace hookferry::http
