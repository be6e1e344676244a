#include "http/response.h"

#include <gtest/gtest.h>

namespace hookferry::http {
namespace {

std::string rendered(const Answer& answer, Persistence persistence, bool with_body = true) {
  std::string out;
  render(out, answer, "DATE", persistence, with_body);
  return out;
}

TEST(Response, HasLengthAndType) {
  Answer answer;
  answer.status = 200;
  answer.body = "{}";
  EXPECT_EQ(rendered(answer, Persistence::keep),
            "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(Response, SaysHowTheConnectionGoesOn) {
  Answer answer;
  answer.status = 200;
  answer.content_type = "text/plain";
  EXPECT_EQ(
      rendered(answer, Persistence::close),
      "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(rendered(answer, Persistence::keep_explicitly),
            "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: "
            "keep-alive\r\n\r\n");
}

TEST(Response, ToHeadIsTheHeadAlone) {
  Answer answer;
  answer.status = 200;
  answer.body = "hello";
  EXPECT_EQ(rendered(answer, Persistence::keep, false),
            "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n");
}

TEST(Response, SaysWhenToComeBackAndWhatIsAllowed) {
  EXPECT_EQ(rendered(unavailable(), Persistence::keep),
            "HTTP/1.1 503 Service Unavailable\r\nDate: DATE\r\nContent-Type: application/json\r\nContent-Length: 23\r\n"
            "Retry-After: 1\r\n\r\n{\"error\":\"unavailable\"}");
  const Answer refused = method_not_allowed({"/hook", "POST", 0});
  EXPECT_EQ(refused.allow, "POST");
  EXPECT_NE(rendered(refused, Persistence::keep).find("\r\nAllow: POST\r\n"), std::string::npos);
  EXPECT_EQ(method_not_allowed({"/metrics", "GET", 0}).allow, "GET, HEAD");
}

TEST(Response, NamesEveryRefusal) {
  EXPECT_EQ(refusal_answer({400, "no Host"}).body, R"({"error":"bad_request","hint":"no Host"})");
  EXPECT_EQ(refusal_answer({408, ""}).body, R"({"error":"request_timeout"})");
  EXPECT_EQ(refusal_answer({413, ""}).body, R"({"error":"payload_too_large"})");
  EXPECT_EQ(refusal_answer({415, ""}).body, R"({"error":"unsupported_encoding"})");
  EXPECT_EQ(refusal_answer({431, ""}).body, R"({"error":"head_too_large"})");
  EXPECT_EQ(refusal_answer({505, ""}).body, R"({"error":"http_version_not_supported"})");
  EXPECT_EQ(not_found().body, R"({"error":"not_found"})");
  EXPECT_EQ(not_found().status, 404);
}

TEST(Response, WritesDatesAsHttpHasThem) {
  using namespace std::chrono;
  EXPECT_EQ(http_date(WallTime(seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(WallTime(seconds(951826800) + milliseconds(999))), "Tue, 29 Feb 2000 12:20:00 GMT");
}

}  // namespace
}  // namespace hookferry::http
