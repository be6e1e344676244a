#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "http/framing.h"
#include "http/proxy_header.h"
#include "tests/fuzz/targets.h"

namespace hookferry::fuzz {
namespace {

using http::ChunkedDecoder;
using http::Framer;
using http::FramingLimits;
using http::Head;

constexpr FramingLimits limits{.max_body = 1000, .max_head = 2048, .max_headers = 16};

constexpr std::size_t whole = ~std::size_t{0};

/// The sizes of the pieces that an input is fed in: by itself, so that the same input is always fed in the same.
class Pieces {
 public:
  Pieces(std::string_view input, std::size_t most)
      : random_(static_cast<unsigned>(std::hash<std::string_view>()(input))), most_(most) {}
  std::size_t next() { return most_ == whole ? whole : 1 + random_() % most_; }

 private:
  std::minstd_rand random_;
  std::size_t most_;
};

struct Framed {
  std::string method;
  std::string path;
  std::string body;
  bool keep_alive = false;
  std::vector<std::pair<std::string, std::string>> headers;
  friend bool operator==(const Framed&, const Framed&) = default;
};
struct Stream {
  std::vector<Framed> requests;
  int refused = 0;
  friend bool operator==(const Stream&, const Stream&) = default;
};

void note(const Framer& framer, const Head& head, const std::vector<char>& bytes, Stream& stream) {
  HOOKFERRY_CHECK(framer.body(bytes).size() <= limits.max_body && head.headers.size() <= limits.max_headers);
  Framed& framed = stream.requests.emplace_back();
  framed = {std::string(head.method), std::string(head.path), std::string(framer.body(bytes)), head.keep_alive, {}};
  for (const auto& [name, value] : head.headers) framed.headers.emplace_back(name, value);
}

/// All requests of a connection; the bytes move to another place with each piece, as in a buffer that grows.
Stream read(std::string_view input, std::size_t most) {
  Stream stream;
  Framer framer;
  Head head;
  std::vector<char> bytes;
  Pieces pieces(input, most);
  bool unseen = false;
  while (unseen || !input.empty()) {
    if (!unseen) {
      const std::size_t size = std::min(pieces.next(), input.size());
      std::vector<char> moved(bytes);
      moved.insert(moved.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
      bytes.swap(moved);
      input.remove_prefix(size);
    }
    unseen = false;
    const Framer::Step step = framer.advance(bytes, limits, head);
    if (step == Framer::Step::refused) {
      stream.refused = framer.refusal().status;
      return stream;
    }
    if (step != Framer::Step::complete) {
      HOOKFERRY_CHECK(framer.kept() <= bytes.size());
      bytes.resize(framer.kept());
      continue;
    }
    note(framer, head, bytes, stream);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(framer.end()));
    unseen = !bytes.empty();
    framer = Framer();
  }
  return stream;
}

struct Decoded {
  ChunkedDecoder::Step step = ChunkedDecoder::Step::more;
  int refused = 0;
  std::size_t consumed = 0;
  std::string body;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view input, std::size_t most) {
  Decoded decoded;
  ChunkedDecoder decoder;
  Pieces pieces(input, most);
  while (!input.empty() && decoded.step == ChunkedDecoder::Step::more) {
    std::string piece(input.substr(0, pieces.next()));
    const auto result = decoder.decode(piece, piece.data(), limits.max_body);
    HOOKFERRY_CHECK(result.produced <= result.consumed && result.consumed <= piece.size());
    decoded.step = result.step;
    decoded.refused = result.refusal.status;
    decoded.consumed += result.consumed;
    decoded.body.append(piece, 0, result.produced);
    input.remove_prefix(piece.size());
  }
  HOOKFERRY_CHECK(decoded.body.size() == decoder.total() && decoded.body.size() <= limits.max_body);
  return decoded;
}

std::string written(const Head& head) {
  std::string text(head.method);
  text.append(" ").append(head.path).append(head.http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const auto& [name, value] : head.headers) text.append(name).append(":").append(value).append("\r\n");
  return text + "\r\n";
}

}  // namespace

void head(std::string_view input) {
  std::vector<char> bytes(input.begin(), input.end());
  Framer framer;
  Head first;
  const Framer::Step step = framer.advance(bytes, limits, first);
  if (step == Framer::Step::more || step == Framer::Step::refused) return;
  const std::string text = written(first);
  Head again;
  HOOKFERRY_CHECK(!http::parse_head(text, limits, again));
  HOOKFERRY_CHECK(again.method == first.method && again.path == first.path && again.headers == first.headers);
  HOOKFERRY_CHECK(again.keep_alive == first.keep_alive && again.chunked == first.chunked &&
                  again.content_length == first.content_length && again.expects_continue == first.expects_continue);
}

void chunked(std::string_view input) {
  const Decoded at_once = decode(input, whole);
  HOOKFERRY_CHECK(decode(input, 1) == at_once);
  HOOKFERRY_CHECK(decode(input, 16) == at_once);
}

void connection(std::string_view input) {
  const Stream at_once = read(input, whole);
  HOOKFERRY_CHECK(read(input, 1) == at_once);
  HOOKFERRY_CHECK(read(input, 64) == at_once);
}

void proxy_header(std::string_view input) {
  using http::ProxyHeader;
  std::optional<ProxyHeader> verdict;
  for (std::size_t size = 1; size <= std::min(input.size(), ProxyHeader::max_size + 1); ++size) {
    const ProxyHeader header = http::parse_proxy_header(input.substr(0, size));
    if (verdict) {
      HOOKFERRY_CHECK(header.kind == verdict->kind && header.size == verdict->size && header.client == verdict->client);
    } else if (header.kind != ProxyHeader::Kind::partial) {
      HOOKFERRY_CHECK(header.kind != ProxyHeader::Kind::whole || header.size == size);
      verdict = header;
    }
  }
  HOOKFERRY_CHECK(verdict || input.size() < ProxyHeader::max_size);
}

}  // namespace hookferry::fuzz
