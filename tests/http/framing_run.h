// Frames a text in pieces, as a connection would, and says what came out of it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "http/framing.h"

namespace hookferry::http::testing {

struct Framed {
  int status = 0;  // of a refusal; 0: complete; -1: more is needed
  std::string method;
  std::string path;
  std::string body;
  std::string rest;  // what follows the request
  bool keep_alive = false;
  bool expects_continue = false;
  std::vector<std::pair<std::string, std::string>> headers;
  friend bool operator==(const Framed&, const Framed&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Framed& framed) {
    return out << framed.status << ' ' << framed.method << ' ' << framed.path << " body '" << framed.body << "' rest '"
               << framed.rest << '\'';
  }
};

inline constexpr FramingLimits small_limits{.max_body = 1000, .max_head = 1024, .max_headers = 8};

inline Framed describe(const Framer& framer, const Head& head, std::span<char> bytes, std::string_view rest) {
  Framed framed;
  framed.method = head.method;
  framed.path = head.path;
  framed.body = framer.body(bytes);
  framed.rest = std::string(bytes.data() + framer.end(), bytes.size() - framer.end()).append(rest);
  framed.keep_alive = head.keep_alive;
  framed.expects_continue = head.expects_continue;
  for (const auto& [name, value] : head.headers) framed.headers.emplace_back(name, value);
  return framed;
}

/// Feeds `input` in pieces of the sizes given, the last one for all that is left. The bytes move to another place
/// before each piece, as in a buffer that grows, so that a view kept across calls would be found by the address
/// sanitizer.
inline Framed frame(std::string_view input, const std::vector<std::size_t>& pieces,
                    const FramingLimits& limits = small_limits) {
  Framer framer;
  Head head;
  std::vector<char> bytes;
  std::size_t piece = 0;
  while (!input.empty()) {
    const std::size_t size = piece < pieces.size() ? std::min(pieces[piece++], input.size()) : input.size();
    std::vector<char> moved(bytes.begin(), bytes.end());
    moved.insert(moved.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = std::move(moved);
    input.remove_prefix(size);
    switch (framer.advance(bytes, limits, head)) {
      case Framer::Step::complete:
        return describe(framer, head, bytes, input);
      case Framer::Step::refused:
        return {.status = framer.refusal().status, .method = {}, .path = {}, .body = {}, .rest = {}, .headers = {}};
      case Framer::Step::head:
      case Framer::Step::more:
        bytes.resize(framer.kept());
    }
  }
  return {.status = -1, .method = {}, .path = {}, .body = {}, .rest = {}, .headers = {}};
}

inline Framed frame_whole(std::string_view input, const FramingLimits& limits = small_limits) {
  return frame(input, {}, limits);
}
inline Framed frame_bytewise(std::string_view input, const FramingLimits& limits = small_limits) {
  return frame(input, std::vector<std::size_t>(input.size(), 1), limits);
}

}  // namespace hookferry::http::testing
