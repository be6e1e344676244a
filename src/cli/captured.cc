#include "cli/captured.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "base/text.h"
#include "base/time.h"
#include "config/config.h"

namespace hookferry::cli {
namespace {

using Header = std::pair<std::string, std::string>;

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

Result<Header> parse_header(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = trimmed(text.substr(0, colon));
  if (colon == std::string_view::npos || name.empty() || name.find(' ') != std::string_view::npos) {
    return error(cat("'", printable(text, 80), "' is no header: write 'NAME: VALUE', or @FILE for a file of them"));
  }
  return Header(name, trimmed(text.substr(colon + 1)));
}

Result<void> read_header_file(const std::string& path, std::vector<Header>& headers) {
  const auto content = config::SystemEnvironment().read_file(path);
  if (!content) return content.error();
  std::string_view rest = *content;
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty() && !first) break;
    if (line.empty() || (first && line.find(" HTTP/") != std::string_view::npos)) continue;
    const auto header = parse_header(line);
    if (!header) return error(cat(path, ": ", header.error().message));
    headers.push_back(*header);
  }
  return {};
}

/// "20250115T103000.000Z"
std::string now_for_a_file() {
  std::string time;
  append_rfc3339(time, SystemClock().wall());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

Result<void> write_new(const std::string& path, std::string_view content) {
  const auto fail = [&] {
    return error(cat("cannot write ", path, ": ", std::generic_category().message(errno),
                     "; run this in a directory that you may write to"));
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return fail();
  bool well = true;
  while (well && !content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    well = written > 0;
    if (well) content.remove_prefix(static_cast<std::size_t>(written));
  }
  well = well && ::fsync(file) == 0;
  const int problem = errno;
  ::close(file);
  errno = problem;
  if (!well) return fail();
  return {};
}

}  // namespace

Result<std::vector<Header>> read_headers(const std::vector<std::string>& arguments) {
  std::vector<Header> headers;
  for (const std::string& argument : arguments) {
    if (argument.starts_with('@')) {
      if (const auto read = read_header_file(argument.substr(1), headers); !read) return read.error();
      continue;
    }
    const auto header = parse_header(argument);
    if (!header) return header.error();
    headers.push_back(*header);
  }
  return headers;
}

Result<std::string> save_captured(const std::string& source, std::string_view head, std::string_view body) {
  const std::string name = cat("captured-", source, "-", now_for_a_file());
  if (const auto written = write_new(name + ".head", head); !written) return written.error();
  if (const auto written = write_new(name + ".body", body); !written) return written.error();
  return Result<std::string>(boost::system::in_place_value, name);
}

}  // namespace hookferry::cli
