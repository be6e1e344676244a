#include "tests/bench/load/requests.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <string_view>

namespace hookferry::bench {
namespace {

constexpr std::string_view before_id =
    R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":")";
constexpr std::string_view after_id = R"(","status":"COMPLETE","results":[{"model":{"id":"model-uuid","name":"Chair"},)"
                                      R"("project":{"id":"project-uuid","name":"Chair Project"}}],"note":")";
constexpr std::string_view end = R"("}})";
constexpr std::size_t id_size = 25;

}  // namespace

Requests::Requests(const std::string& path, const std::string& secret, std::size_t body_bytes, bool close)
    : hmac_(secret), run_(std::random_device{}()), id_at_(before_id.size()) {
  const std::size_t least = before_id.size() + id_size + after_id.size() + end.size();
  if (body_bytes < least) fail("a body has at least " + std::to_string(least) + " bytes");
  body_.append(before_id).append(id_size, '0').append(after_id).append(body_bytes - least, 'x').append(end);
  head_ = "POST " + path +
          " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: hookferry-bench\r\nAccept: */*\r\nContent-Type: "
          "application/json\r\n" +
          (close ? "Connection: close\r\n" : "") + "X-Glossi-Signature: ";
  rest_ = "\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
}

void Requests::render_next(std::string& out) {
  std::array<char, id_size + 1> id{};
  std::snprintf(id.data(), id.size(), "%08" PRIx32 "-%016" PRIx64, run_, ++count_);
  body_.replace(id_at_, id_size, id.data(), id_size);
  out.assign(head_);
  for (const unsigned char byte : hmac_.of(body_)) {
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  out.append(rest_).append(body_);
}

}  // namespace hookferry::bench
