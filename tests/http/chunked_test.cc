#include "http/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace hookferry::http {
namespace {

TEST(Chunked, DecodesInPlaceAndLeavesTheNextRequest) {
  std::string bytes = "4\r\nwiki\r\n5;x\r\npedia\r\n0\r\n\r\nGET /";
  ChunkedDecoder decoder;
  const auto result = decoder.decode(bytes, bytes.data(), 100);
  EXPECT_EQ(result.step, ChunkedDecoder::Step::complete);
  EXPECT_EQ(bytes.substr(0, result.produced), "wikipedia");
  EXPECT_EQ(bytes.substr(result.consumed), "GET /");
  EXPECT_EQ(decoder.total(), 9u);
}

TEST(Chunked, TakesABodyOfExactlyTheBoundAndNoByteMore) {
  const auto status = [](std::string bytes) {
    ChunkedDecoder decoder;
    return decoder.decode(bytes, bytes.data(), 4).refusal.status;
  };
  EXPECT_EQ(status("4\r\nwiki\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(status("5\r\n"), 413);
  EXPECT_EQ(status("4\r\nwiki\r\n1\r\n"), 413);
}

TEST(Chunked, CountsTheExtensionsOfAllChunksTogether) {
  // Each chunk's extension is short; together they pass the cap.
  const std::string chunk = "1;" + std::string(99, 'e') + "\r\nx\r\n";
  ChunkedDecoder decoder;
  int status = 0;
  std::size_t chunks = 0;
  while (status == 0 && chunks < 1000) {
    std::string bytes = chunk;
    status = decoder.decode(bytes, bytes.data(), 1 << 20).refusal.status;
    ++chunks;
  }
  EXPECT_EQ(status, 400);
  EXPECT_EQ(chunks, ChunkedDecoder::max_extension_bytes / 100 + 1);
}

TEST(Chunked, CountsAllTrailersTogether) {
  std::string bytes = "0\r\n";
  while (bytes.size() < ChunkedDecoder::max_trailer_bytes + 3) bytes += "X: y\r\n";
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.decode(bytes, bytes.data(), 10).refusal.status, 431);
}

}  // namespace
}  // namespace hookferry::http
