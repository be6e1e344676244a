#include "http/framing.h"

#include <algorithm>

#include "base/check.h"
#include "http/characters.h"

namespace hookferry::http {

Framer::Step Framer::advance(std::span<char> bytes, const FramingLimits& limits, Head& head) {
  switch (phase_) {
    case Phase::sized:
      return take_sized(bytes, head, false);
    case Phase::chunked:
      return take_chunked(bytes, limits, head, false);
    case Phase::head:
      break;
  }
  head.method = head.path = {};
  const Step step = scan({bytes.data(), bytes.size()}, limits);
  kept_ = bytes.size();
  return step == Step::complete ? begin_body(bytes, limits, head) : step;
}

/// Looks for the end of the head, line by line, letting no byte pass that may not stand in one: `complete` when found.
/// Every cap counts from a fixed place in the stream, so that the verdict does not depend on how much came at once.
Framer::Step Framer::scan(std::string_view bytes, const FramingLimits& limits) {
  for (;;) {
    const std::size_t cap = lines_ == 0 ? std::min(limits.max_head, line_start_ + max_request_line) : limits.max_head;
    const std::size_t stop = std::min(bytes.size(), cap);
    std::size_t i = scanned_;
    while (i < stop && is_field_byte(bytes[i])) ++i;
    scanned_ = i;
    // A CR needs a look at the byte behind it.
    if (i >= stop || (bytes[i] == '\r' && i + 1 == stop)) {
      if (stop == cap) return refuse({431, "the request's head is too large"});
      return Step::more;
    }
    if (bytes[i] != '\r' || bytes[i + 1] != '\n') {
      return refuse({400, "a line that does not end in CR LF, or a control character"});
    }
    scanned_ = i + 2;
    if (end_line(i, limits)) {
      if (refusal_) return Step::refused;
      head_size_ = scanned_;
      return Step::complete;
    }
  }
}

/// Takes the line that ends at `cr` into account; true when it ends the head or refuses it.
bool Framer::end_line(std::size_t cr, const FramingLimits& limits) {
  const bool empty = cr == line_start_;
  line_start_ = scanned_;
  if (!empty) {
    ++lines_;
    if (lines_ > limits.max_headers + 1) {
      refuse({431, "too many headers"});
      return true;
    }
    return false;
  }
  if (lines_ > 0) return true;
  if (skipped_empty_line_) {
    refuse({400, "empty lines before the request"});
    return true;
  }
  skipped_empty_line_ = true;
  head_start_ = scanned_;
  return false;
}

Framer::Step Framer::begin_body(std::span<char> bytes, const FramingLimits& limits, Head& head) {
  const Refusal refusal = parse_head({bytes.data() + head_start_, head_size_ - head_start_}, limits, head);
  if (refusal) return refuse(refusal);
  untouched_ = bytes.size() == head_size_;
  kept_ = head_size_;
  Step step;
  if (head.chunked) {
    phase_ = Phase::chunked;
    step = take_chunked(bytes, limits, head, true);
  } else {
    phase_ = Phase::sized;
    body_size_ = static_cast<std::size_t>(head.content_length);
    step = take_sized(bytes, head, true);
  }
  return step == Step::more ? Step::head : step;
}

Framer::Step Framer::take_sized(std::span<char> bytes, Head& head, bool head_is_parsed) {
  if (bytes.size() < head_size_ + body_size_) {
    kept_ = bytes.size();
    return Step::more;
  }
  end_ = head_size_ + body_size_;
  return complete(bytes, head, head_is_parsed);
}

Framer::Step Framer::take_chunked(std::span<char> bytes, const FramingLimits& limits, Head& head, bool head_is_parsed) {
  // Decoded bytes stand right behind the head; what came since stands behind them.
  char* const out = bytes.data() + kept_;
  const ChunkedDecoder::Result result = chunked_.decode({out, bytes.size() - kept_}, out, limits.max_body);
  if (result.step == ChunkedDecoder::Step::refused) {
    if (!head_is_parsed) parse_again(bytes, head);
    return refuse(result.refusal);
  }
  end_ = kept_ + result.consumed;
  kept_ += result.produced;
  body_size_ = chunked_.total();
  if (result.step == ChunkedDecoder::Step::more) return Step::more;
  return complete(bytes, head, head_is_parsed);
}

Framer::Step Framer::complete(std::span<char> bytes, Head& head, bool head_is_parsed) {
  if (!head_is_parsed) parse_again(bytes, head);
  return Step::complete;
}

/// The bytes may have moved since the head was parsed, so its views are made anew: cheaper than keeping offsets of
/// each.
void Framer::parse_again(std::span<char> bytes, Head& head) {
  const FramingLimits unlimited{~std::size_t{0}, ~std::size_t{0}, ~std::size_t{0}};
  HOOKFERRY_CHECK(!parse_head({bytes.data() + head_start_, head_size_ - head_start_}, unlimited, head));
}

Framer::Step Framer::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Step::refused;
}

}  // namespace hookferry::http
