#include <algorithm>
#include <charconv>

#include "http/characters.h"
#include "http/framing.h"

namespace hookferry::http {
namespace {

constexpr Refusal bad_request(std::string_view hint) {
  return {400, hint};
}

template <class Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  for (const char c : text) {
    if (!predicate(c)) return false;
  }
  return true;
}

/// Splits `line` off the front of `text`; every line is known to end in CR LF.
std::string_view take_line(std::string_view& text) {
  const std::size_t size = text.find('\r');
  const std::string_view line = text.substr(0, size);
  text.remove_prefix(size + 2);
  return line;
}

/// Parses one head: the request line, then the headers, remembering which of those that matter here were there.
class HeadParser {
 public:
  explicit HeadParser(Head& head) : head_(head) {}
  Refusal request_line(std::string_view line);
  Refusal header(std::string_view line);
  Refusal verdict(const FramingLimits& limits);

 private:
  Refusal target(std::string_view target);
  Refusal absolute_form(std::string_view& target);
  Refusal version(std::string_view version);
  Refusal meaning(std::string_view name, std::string_view value);
  Refusal host(std::string_view value);
  Refusal content_length(std::string_view value);
  Refusal transfer_encoding(std::string_view value);
  Refusal expect(std::string_view value);
  void connection(std::string_view value);

  Head& head_;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_expect_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool encoded_ = false;
};

Refusal HeadParser::request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad_request("a request line is a method, a target and a version");
  head_.method = line.substr(0, first);
  if (head_.method.empty() || !all_of(head_.method, is_token_byte)) return bad_request("a method that is not a token");
  if (const Refusal refusal = version(line.substr(last + 1))) return refusal;
  return target(line.substr(first + 1, last - first - 1));
}

Refusal HeadParser::version(std::string_view version) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.' || !is_digit(version[5]) ||
      !is_digit(version[7])) {
    return bad_request("not an HTTP version");
  }
  if (version[5] != '1' || version[7] > '1') return {505, "HTTP/1.1 and HTTP/1.0 work here"};
  head_.http_1_1 = version[7] == '1';
  return {};
}

Refusal HeadParser::target(std::string_view target) {
  if (!target.starts_with('/')) {
    if (const Refusal refusal = absolute_form(target)) return refusal;
  }
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_path_byte(path[i])) return bad_request("a target with a character that has no place in a path");
    if (path[i] != '%') continue;
    if (path.size() - i < 3 || hexadecimal_value(path[i + 1]) < 0 || hexadecimal_value(path[i + 2]) < 0) {
      return bad_request("a '%' that is not before two hexadecimal digits");
    }
  }
  if (question != std::string_view::npos) {
    const auto allowed = [](char c) { return is_visible_byte(c) && c != '#'; };
    if (!all_of(target.substr(question), allowed))
      return bad_request("a target with a character that has no place in a query");
  }
  head_.path = path.empty() ? std::string_view("/") : path;
  return {};
}

/// Takes scheme and authority off the front of an absolute-form target. They are not used: there is one site here.
Refusal HeadParser::absolute_form(std::string_view& target) {
  const std::size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, colon);
  if (colon == std::string_view::npos ||
      (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https"))) {
    return bad_request("a target that is neither a path nor an http URL");
  }
  target.remove_prefix(colon + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  if (end == 0 || !all_of(target.substr(0, end), is_authority_byte)) return bad_request("a URL without a valid host");
  target.remove_prefix(end);
  return {};
}

Refusal HeadParser::header(std::string_view line) {
  std::size_t colon = 0;
  while (colon < line.size() && is_token_byte(line[colon])) ++colon;
  if (colon == line.size() || line[colon] != ':' || colon == 0) {
    return bad_request("a header that is not a name, a colon and a value (no space before the colon, no folded lines)");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  head_.headers.emplace_back(name, value);
  return meaning(name, value);
}

Refusal HeadParser::meaning(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (equals_ignoring_case(name, "host")) return host(value);
      break;
    case 6:
      if (equals_ignoring_case(name, "expect")) return expect(value);
      break;
    case 10:
      if (equals_ignoring_case(name, "connection")) connection(value);
      break;
    case 14:
      if (equals_ignoring_case(name, "content-length")) return content_length(value);
      break;
    case 16:
      if (equals_ignoring_case(name, "content-encoding") && !equals_ignoring_case(value, "identity")) encoded_ = true;
      break;
    case 17:
      if (equals_ignoring_case(name, "transfer-encoding")) return transfer_encoding(value);
      break;
    default:
      break;
  }
  return {};
}

Refusal HeadParser::host(std::string_view value) {
  if (has_host_) return bad_request("more than one Host");
  has_host_ = true;
  return all_of(value, is_authority_byte) ? Refusal{} : bad_request("a Host that is not host and port");
}

Refusal HeadParser::content_length(std::string_view value) {
  if (has_length_) return bad_request("more than one Content-Length");
  has_length_ = true;
  // from_chars takes no sign, blank or base prefix for an unsigned number; a leading zero is octal to some.
  const char* const end = value.data() + value.size();
  if (value.empty() || value.size() > 18 || (value.size() > 1 && value[0] == '0') ||
      std::from_chars(value.data(), end, head_.content_length).ptr != end) {
    return bad_request("a Content-Length that is not a plain number");
  }
  return {};
}

Refusal HeadParser::transfer_encoding(std::string_view value) {
  if (head_.chunked || !equals_ignoring_case(value, "chunked"))
    return bad_request("a Transfer-Encoding other than chunked");
  head_.chunked = true;
  return {};
}

Refusal HeadParser::expect(std::string_view value) {
  if (has_expect_ || !equals_ignoring_case(value, "100-continue"))
    return bad_request("an Expect other than 100-continue");
  has_expect_ = true;
  return {};
}

void HeadParser::connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view option = trim(value.substr(0, comma));
    if (equals_ignoring_case(option, "close")) close_ = true;
    if (equals_ignoring_case(option, "keep-alive")) keep_alive_ = true;
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
}

Refusal HeadParser::verdict(const FramingLimits& limits) {
  if (head_.http_1_1 && !has_host_) return bad_request("no Host");
  if (head_.chunked && has_length_) return bad_request("both Transfer-Encoding and Content-Length");
  if (head_.chunked && !head_.http_1_1) return bad_request("Transfer-Encoding in HTTP/1.0");
  if (encoded_) return {415, "send the body without a Content-Encoding"};
  if (head_.content_length > limits.max_body) return {413, "the body is larger than this server takes"};
  head_.keep_alive = !close_ && (head_.http_1_1 || keep_alive_);
  head_.expects_continue = has_expect_ && head_.http_1_1;
  return {};
}

}  // namespace

Refusal parse_head(std::string_view text, const FramingLimits& limits, Head& head) {
  head.method = {};
  head.path = {};
  head.http_1_1 = head.keep_alive = head.expects_continue = head.chunked = false;
  head.content_length = 0;
  head.headers.clear();
  HeadParser parser(head);
  if (const Refusal refusal = parser.request_line(take_line(text))) return refusal;
  while (text.size() > 2) {
    if (const Refusal refusal = parser.header(take_line(text))) return refusal;
  }
  return parser.verdict(limits);
}

}  // namespace hookferry::http
