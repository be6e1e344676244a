#include "http/response.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/text.h"

namespace hookferry::http {
namespace {

struct Status {
  int code;
  std::string_view reason;  // the phrase of the status line
  std::string_view error;   // the word in the body
};
constexpr std::array<Status, 11> statuses{{{200, "OK", ""},
                                           {400, "Bad Request", "bad_request"},
                                           {401, "Unauthorized", "unauthorized"},
                                           {404, "Not Found", "not_found"},
                                           {405, "Method Not Allowed", "method_not_allowed"},
                                           {408, "Request Timeout", "request_timeout"},
                                           {413, "Content Too Large", "payload_too_large"},
                                           {415, "Unsupported Media Type", "unsupported_encoding"},
                                           {431, "Request Header Fields Too Large", "head_too_large"},
                                           {503, "Service Unavailable", "unavailable"},
                                           {505, "HTTP Version Not Supported", "http_version_not_supported"}}};

const Status& find_status(int code) {
  static constexpr Status unknown{0, "Unknown", "error"};
  for (const Status& status : statuses) {
    if (status.code == code) return status;
  }
  return unknown;
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

Answer error_answer(int status, std::string_view hint) {
  Answer answer;
  answer.status = status;
  answer.body = cat("{\"error\":\"", find_status(status).error, "\"");
  if (!hint.empty()) {
    answer.body.append(",\"hint\":\"");
    append_json_escaped(answer.body, hint);
    answer.body.push_back('"');
  }
  answer.body.push_back('}');
  return answer;
}

}  // namespace

void render(std::string& out, const Answer& answer, std::string_view date, Persistence persistence, bool with_body) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(answer.status));
  out.push_back(' ');
  out.append(find_status(answer.status).reason);
  out.append("\r\nDate: ");
  out.append(date);
  out.append("\r\nContent-Type: ");
  out.append(answer.content_type);
  out.append("\r\nContent-Length: ");
  append_number(out, answer.body.size());
  if (answer.retry_after_seconds > 0) {
    out.append("\r\nRetry-After: ");
    append_number(out, static_cast<std::uint64_t>(answer.retry_after_seconds));
  }
  if (!answer.allow.empty()) {
    out.append("\r\nAllow: ");
    out.append(answer.allow);
  }
  if (persistence == Persistence::close) out.append("\r\nConnection: close");
  if (persistence == Persistence::keep_explicitly) out.append("\r\nConnection: keep-alive");
  out.append("\r\n\r\n");
  if (with_body) out.append(answer.body);
}

std::string http_date(WallTime time) {
  using namespace std::chrono;
  constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 weekdays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                 months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                 static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

Answer refusal_answer(const Refusal& refusal) {
  return error_answer(refusal.status, refusal.hint);
}

Answer not_found() {
  return error_answer(404, {});
}

Answer method_not_allowed(const Route& route) {
  const bool post = route.method == "POST";
  Answer answer = error_answer(
      405, post ? "this address takes POST requests; a browser sends GET" : "this address takes GET requests");
  answer.allow = post ? "POST" : "GET, HEAD";
  return answer;
}

Answer unavailable() {
  Answer answer = error_answer(503, {});
  answer.retry_after_seconds = 1;
  return answer;
}

}  // namespace hookferry::http
