#include "http/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/http/framing_run.h"

namespace hookferry::http {
namespace {

using testing::frame_bytewise;
using testing::frame_whole;
using testing::Framed;
using namespace std::string_literals;

constexpr int more = -1;

struct Case {
  std::string name;
  std::string input;
  int status;  // 0: a request
  std::string body = {};
  std::string rest = {};
  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
};

std::string post(const std::string& headers, const std::string& after = "") {
  return "POST /hook HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + after;
}
std::string chunked(const std::string& after) {
  return post("Transfer-Encoding: chunked\r\n", after);
}
std::string target(const std::string& text) {
  return "GET " + text + " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string headers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "A: b\r\n";
  return text;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      // What is taken.
      {"no_body", post(""), 0},
      {"get", target("/"), 0},
      {"get_with_body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET", 0, "ab", "GET"},
      {"sized_body", post("Content-Length: 5\r\n", "hello"), 0, "hello"},
      {"sized_body_then_next", post("Content-Length: 5\r\n", "helloPOST"), 0, "hello", "POST"},
      {"zero_length", post("Content-Length: 0\r\n", "x"), 0, "", "x"},
      {"largest_body", post("Content-Length: 1000\r\n", std::string(1000, 'b')), 0, std::string(1000, 'b')},
      {"length_in_any_case", post("cOnTeNt-lEnGtH: 1\r\n", "x"), 0, "x"},
      {"blanks_around_value", post("Content-Length: \t 1 \t\r\n", "x"), 0, "x"},
      {"no_blank_after_colon", post("Content-Length:1\r\n", "x"), 0, "x"},
      {"chunked", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nnext"), 0, "abcde", "next"},
      {"chunked_nothing", chunked("0\r\n\r\n"), 0},
      {"chunked_in_any_case", post("Transfer-Encoding: Chunked\r\n", "1\r\nx\r\n0\r\n\r\n"), 0, "x"},
      {"chunk_size_in_any_case", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"), 0, "01234567890123456789"},
      {"chunk_size_with_zeros", chunked("00000001\r\nx\r\n000\r\n\r\n"), 0, "x"},
      {"chunk_extension", chunked("1;name=value;other=\"a b\"\r\nx\r\n0;last\r\n\r\n"), 0, "x"},
      {"trailers", chunked("1\r\nx\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\nrest"), 0, "x", "rest"},
      {"largest_chunked", chunked("3e8\r\n" + std::string(1000, 'c') + "\r\n0\r\n\r\n"), 0, std::string(1000, 'c')},
      {"http_1_0", "GET / HTTP/1.0\r\n\r\n", 0},
      {"http_1_0_with_host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0},
      {"http_1_0_with_body", "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", 0, "x"},
      {"one_empty_line_before", "\r\n" + target("/"), 0},
      {"query", target("/a?b=c&d=%zz?/{}|\\^\""), 0},
      {"escape_in_path", target("/a%2Fb%c3%a9"), 0},
      {"all_path_characters", target("/-._~!$&'()*+,;=:@"), 0},
      {"absolute_form", target("http://a.example:80/hook?x"), 0},
      {"absolute_form_https", target("HTTPS://a/hook"), 0},
      {"absolute_form_without_path", target("http://a"), 0},
      {"absolute_form_query_without_path", target("http://a?x/y"), 0},
      {"host_with_port", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
      {"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
      {"empty_value", post("X:\r\n"), 0},
      {"value_with_high_bytes", post("X: \xc3\xa9 \xff\r\n"), 0},
      {"value_with_percent", post("X: %0d%0a\r\n"), 0},
      {"eight_headers", "GET / HTTP/1.1\r\nHost: a\r\n" + headers(7) + "\r\n", 0},
      {"identity", post("Content-Encoding: Identity\r\n"), 0},
      {"other_method", "PATCHY / HTTP/1.1\r\nHost: a\r\n\r\n", 0},

      // What is not whole yet.
      {"nothing_but_a_method", "POST", more},
      {"head_without_its_end", "POST / HTTP/1.1\r\nHost: a\r\n", more},
      {"head_before_the_last_lf", "POST / HTTP/1.1\r\nHost: a\r\n\r", more},
      {"body_without_its_end", post("Content-Length: 5\r\n", "hell"), more},
      {"chunk_without_its_end", chunked("5\r\nhell"), more},
      {"chunks_without_the_last", chunked("1\r\nx\r\n"), more},
      {"chunks_without_the_last_line", chunked("1\r\nx\r\n0\r\n"), more},

      // The request line.
      {"two_empty_lines_before", "\r\n\r\n" + target("/"), 400},
      {"tls_hello", "\x16\x03\x01\x02"s, 400},
      {"no_version", "GET /\r\n\r\n", 400},
      {"two_spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space_in_target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"tab_between", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space_before_method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space_after_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"method_not_a_token", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no_method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"lower_case_version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"version_of_words", "GET / HTTP/one\r\nHost: a\r\n\r\n", 400},
      {"version_too_long", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"version_2", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"version_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"version_0_9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"fragment", target("/a#b"), 400},
      {"fragment_in_query", target("/a?b#c"), 400},
      {"asterisk_form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"authority_form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"target_without_slash", target("hook"), 400},
      {"scheme_ftp", target("ftp://a/hook"), 400},
      {"url_without_host", target("http:///hook"), 400},
      {"url_with_user", target("http://u@a/hook"), 400},
      {"url_with_escape_in_host", target("http://a%2fb/hook"), 400},
      {"half_an_escape", target("/a%2"), 400},
      {"not_an_escape", target("/a%zz"), 400},
      {"escape_of_unicode", target("/a%u0041"), 400},
      {"backslash_in_path", target("/a\\b"), 400},
      {"high_byte_in_path", target("/\xc3\xa9"), 400},
      {"high_byte_in_query", target("/?\xc3\xa9"), 400},
      {"delete_in_path", target("/a\x7f"), 400},
      {"nul_in_path", target("/a\0"s), 400},

      // Lines and headers.
      {"bare_lf_after_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"bare_lf_after_header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"bare_lf_at_the_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"bare_cr_in_value", post("X: a\rb\r\n"), 400},
      {"cr_cr_lf", post("X: a\r\r\n"), 400},
      {"nul_in_value", post("X: a\0b\r\n"s), 400},
      {"nul_in_name", post("X\0: a\r\n"s), 400},
      {"control_in_value", post("X: a\x01\r\n"), 400},
      {"vertical_tab_after_name", post("Content-Length\x0b: 1\r\n", "x"), 400},
      {"folded_line", post("X: a\r\n b\r\n"), 400},
      {"folded_line_with_tab", post("Content-Length: 1\r\n\t2\r\n"), 400},
      {"first_header_folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"space_before_colon", post("Content-Length : 1\r\n", "x"), 400},
      {"tab_before_colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), 400},
      {"no_colon", post("Content-Length\r\n"), 400},
      {"no_name", post(": x\r\n"), 400},
      {"name_not_a_token", post("Conte[nt: x\r\n"), 400},
      {"high_byte_in_name", post("X\xc3\xa9: x\r\n"), 400},
      {"no_host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400},
      {"two_hosts", post("Host: b\r\n"), 400},
      {"two_equal_hosts", post("Host: a\r\n"), 400},
      {"two_hosts_in_http_1_0", "GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n", 400},
      {"list_of_hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"host_with_escape", "GET / HTTP/1.1\r\nHost: a%00\r\n\r\n", 400},
      {"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"host_with_user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},

      // The length of the body.
      {"length_and_chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked_and_length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
      {"chunked_and_length_zero", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n"), 400},
      {"two_lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400},
      {"two_equal_lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"list_of_lengths", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"length_with_plus", post("Content-Length: +5\r\n", "hello"), 400},
      {"length_with_minus", post("Content-Length: -5\r\n", "hello"), 400},
      {"length_with_letters", post("Content-Length: 5abc\r\n", "hello"), 400},
      {"length_escaped", post("Content-Length: %35\r\n", "hello"), 400},
      {"length_hexadecimal", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"length_with_leading_zero", post("Content-Length: 05\r\n", "hello"), 400},
      {"length_with_inner_space", post("Content-Length: 5 5\r\n", "hello"), 400},
      {"length_empty", post("Content-Length:\r\n"), 400},
      {"length_with_point", post("Content-Length: 5.0\r\n", "hello"), 400},
      {"length_overflows", post("Content-Length: 18446744073709551621\r\n", "hello"), 400},
      {"length_too_large", post("Content-Length: 1001\r\n"), 413},
      {"length_far_too_large", post("Content-Length: 999999999999999999\r\n"), 413},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"gzip_chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked_identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
      {"chunked_quoted", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
      {"chunked_with_parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 400},
      {"chunked_escaped", post("Transfer-Encoding: chunke%64\r\n", "0\r\n\r\n"), 400},
      {"coding_empty", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400},
      {"chunked_twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"coding_identity", post("Transfer-Encoding: identity\r\n"), 400},
      {"chunked_in_http_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"gzip_body", post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), 415},
      {"empty_content_encoding", post("Content-Encoding:\r\n"), 415},
      {"second_content_encoding", post("Content-Encoding: identity\r\nContent-Encoding: br\r\n"), 415},
      {"other_expectation", post("Expect: 200-ok\r\n"), 400},
      {"two_expectations", post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 400},

      // Chunks.
      {"chunk_size_with_plus", chunked("+1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_with_minus", chunked("-1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_with_0x", chunked("0x1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_with_space_after", chunked("1 \r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_with_space_before", chunked(" 1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_missing", chunked("\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_missing_before_extension", chunked(";a\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_with_nine_digits", chunked("000000001\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_overflows", chunked("ffffffffffffffff1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk_size_is_minus_one", chunked("ffffffff\r\nx\r\n0\r\n\r\n"), 413},
      {"chunk_too_large", chunked("3e9\r\n"), 413},
      {"chunks_too_large", chunked("3e8\r\n" + std::string(1000, 'c') + "\r\n1\r\n"), 413},
      {"chunk_line_with_bare_lf", chunked("1\nx\r\n0\r\n\r\n"), 400},
      {"chunk_line_with_bare_cr", chunked("1\rx\r\n0\r\n\r\n"), 400},
      {"chunk_longer_than_said", chunked("1\r\nxy\r\n0\r\n\r\n"), 400},
      {"chunk_ends_in_bare_lf", chunked("1\r\nx\n0\r\n\r\n"), 400},
      {"chunk_ends_in_bare_cr", chunked("1\r\nx\r0\r\n\r\n"), 400},
      {"extension_with_bare_lf", chunked("1;a\nx\r\n0\r\n\r\n"), 400},
      {"extension_with_bare_cr", chunked("1;a\rb\r\nx\r\n0\r\n\r\n"), 400},
      {"extension_with_nul", chunked("1;\0\r\nx\r\n0\r\n\r\n"s), 400},
      {"extensions_too_long", chunked("1;" + std::string(4097, 'e')), 400},
      {"last_chunk_with_bare_lf", chunked("0\n\r\n"), 400},
      {"end_with_bare_lf", chunked("0\r\n\n"), 400},
      {"end_with_bare_cr", chunked("0\r\n\rx"), 400},
      {"trailer_without_colon", chunked("0\r\nX\r\n\r\n"), 400},
      {"trailer_with_space_before_colon", chunked("0\r\nX : y\r\n\r\n"), 400},
      {"trailer_folded", chunked("0\r\nX: y\r\n z\r\n\r\n"), 400},
      {"trailer_with_bare_lf", chunked("0\r\nX: y\n\r\n"), 400},
      {"trailer_with_nul", chunked("0\r\nX: \0\r\n\r\n"s), 400},
      {"trailers_too_long", chunked("0\r\nX: " + std::string(4096, 't')), 431},

      // Caps.
      {"nine_headers", "GET / HTTP/1.1\r\nHost: a\r\n" + headers(8) + "\r\n", 431},
      {"head_too_large", post("X: " + std::string(1024, 'x')), 431},
      {"head_never_ends", post("X: " + std::string(2000, 'x')), 431},
      {"target_too_large", "GET /" + std::string(2000, 'x'), 431},
  };
  return all;
}

class FramingCases : public ::testing::TestWithParam<Case> {};

TEST_P(FramingCases, GiveTheSameVerdictWholeAndByteByByte) {
  const Case& expected = GetParam();
  const Framed whole = frame_whole(expected.input);
  EXPECT_EQ(whole.status, expected.status);
  EXPECT_EQ(whole.body, expected.body);
  EXPECT_EQ(whole.rest, expected.rest);
  EXPECT_EQ(frame_bytewise(expected.input), whole);
  // Every split in two.
  for (std::size_t i = 1; i < expected.input.size(); ++i) {
    ASSERT_EQ(testing::frame(expected.input, {i}), whole) << "split at " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Framing, FramingCases, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

Framed framed(const std::string& input) {
  Framed result = frame_whole(input);
  EXPECT_EQ(result.status, 0) << input;
  return result;
}

TEST(Framing, TellsMethodPathAndHeaders) {
  const Framed request = framed("POST /a%20b?c=d HTTP/1.1\r\nHost: h:1\r\nX-Empty:\r\nX-Two: one \t two \r\n\r\n");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_THAT(request.headers, ::testing::ElementsAre(std::pair("Host", "h:1"), std::pair("X-Empty", ""),
                                                      std::pair("X-Two", "one \t two")));
}

TEST(Framing, TakesThePathOutOfAnAbsoluteTarget) {
  EXPECT_EQ(framed(target("http://a:80/hook?x")).path, "/hook");
  EXPECT_EQ(framed(target("https://a/")).path, "/");
  EXPECT_EQ(framed(target("http://a")).path, "/");
  EXPECT_EQ(framed(target("http://a?x/y")).path, "/");
}

TEST(Framing, KeepsTheConnectionAsTheVersionAndTheClientSay) {
  const auto keeps = [](const std::string& version, const std::string& headers) {
    return framed("GET / " + version + "\r\nHost: a\r\n" + headers + "\r\n").keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: x ,\tCLOSE\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: closed\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection:\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive, close\r\n"));
}

TEST(Framing, ExpectsAContinueInHttp11Only) {
  EXPECT_TRUE(framed(post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x")).expects_continue);
  EXPECT_FALSE(framed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST(Framing, TellsOfTheHeadOnceWhenTheBodyIsStillToCome) {
  std::string bytes = post("Content-Length: 3\r\n");
  Framer framer;
  Head head;
  EXPECT_EQ(framer.advance(bytes, testing::small_limits, head), Framer::Step::head);
  EXPECT_TRUE(framer.body_untouched());
  EXPECT_TRUE(framer.in_body());
  EXPECT_EQ(framer.total(), bytes.size() + 3);
  EXPECT_EQ(head.path, "/hook");
  bytes += "ab";
  EXPECT_EQ(framer.advance(bytes, testing::small_limits, head), Framer::Step::more);
  bytes += "c";
  EXPECT_EQ(framer.advance(bytes, testing::small_limits, head), Framer::Step::complete);
  EXPECT_EQ(framer.body(bytes), "abc");
}

TEST(Framing, KnowsWhenABodyHasBegun) {
  std::string bytes = post("Transfer-Encoding: chunked\r\n", "5\r\nhe");
  Framer framer;
  Head head;
  EXPECT_EQ(framer.advance(bytes, testing::small_limits, head), Framer::Step::head);
  EXPECT_FALSE(framer.body_untouched());
  EXPECT_EQ(framer.kept(), bytes.size() - 3);
}

// For the source that a 413 is counted under.
TEST(Framing, TellsThePathOfARefusedBody) {
  for (const std::size_t first_piece : {std::size_t{10}, std::size_t{70}, std::size_t{1000}}) {
    std::string bytes = chunked("3e8\r\n" + std::string(1000, 'c') + "\r\n3\r\n");
    std::string begin = bytes.substr(0, first_piece);
    Framer framer;
    Head head;
    static_cast<void>(framer.advance(begin, testing::small_limits, head));
    begin.resize(framer.kept());
    head.path = "/of another request";
    begin += bytes.substr(first_piece);
    ASSERT_EQ(framer.advance(begin, testing::small_limits, head), Framer::Step::refused);
    EXPECT_EQ(framer.refusal().status, 413);
    EXPECT_EQ(head.path, "/hook");
  }
}

TEST(Framing, TellsNoPathOfAHeadThatIsRefusedUnread) {
  std::string bytes = "POST /hook HTTP/1.1\n";
  Framer framer;
  Head head;
  head.path = "/of another request";
  ASSERT_EQ(framer.advance(bytes, testing::small_limits, head), Framer::Step::refused);
  EXPECT_EQ(head.path, "");
}

TEST(Framing, TakesAHeadOfExactlyTheLargestSize) {
  const std::string frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
  const std::string largest =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(testing::small_limits.max_head - frame.size(), 'x') + "\r\n\r\n";
  ASSERT_EQ(largest.size(), testing::small_limits.max_head);
  EXPECT_EQ(frame_whole(largest).status, 0);
  EXPECT_EQ(frame_bytewise(largest).status, 0);
  FramingLimits smaller = testing::small_limits;
  --smaller.max_head;
  EXPECT_EQ(frame_whole(largest, smaller).status, 431);
  EXPECT_EQ(frame_bytewise(largest, smaller).status, 431);
}

TEST(Framing, BoundsTheRequestLineWhateverTheHeadMayHold) {
  const FramingLimits wide{.max_body = 1, .max_head = 1 << 20, .max_headers = 100};
  const std::string begin = "GET /";
  const std::string end = " HTTP/1.1\r\n";
  const std::string fits(Framer::max_request_line - begin.size() - end.size(), 'x');
  EXPECT_EQ(frame_whole(begin + fits + end + "Host: a\r\n\r\n", wide).status, 0);
  EXPECT_EQ(frame_whole(begin + fits + "x" + end + "Host: a\r\n\r\n", wide).status, 431);
  EXPECT_EQ(frame_bytewise(begin + fits + "x" + end, wide).status, 431);
  // Headers have the head's bound alone.
  const std::string line = "X: " + std::string(9000, 'x') + "\r\n";
  EXPECT_EQ(frame_whole("GET / HTTP/1.1\r\nHost: a\r\n" + line + line + "\r\n", wide).status, 0);
}

}  // namespace
}  // namespace hookferry::http
