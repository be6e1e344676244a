#include "base/log_output.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace hookferry {
namespace {

constexpr std::size_t max_piece = 256 << 10;

}  // namespace

void LogOutput::refresh() noexcept {
  struct stat status {};
  kind_ = Kind::pipe;
  if (::fstat(descriptor_, &status) != 0) return;
  if (S_ISREG(status.st_mode)) kind_ = Kind::file;
  if (S_ISSOCK(status.st_mode)) kind_ = Kind::socket;
}

std::string_view LogOutput::next_piece(std::string_view text) const noexcept {
  const std::size_t limit = kind_ == Kind::pipe ? PIPE_BUF : max_piece;
  if (text.size() <= limit) return text;
  const std::size_t end = text.rfind('\n', limit - 1);
  return text.substr(0, end == std::string_view::npos ? limit : end + 1);
}

LogOutput::Written LogOutput::write(std::string_view piece, std::chrono::milliseconds patience) const noexcept {
  if (descriptor_ < 0) return {Status::failed, 0};  // poll would wait
  // A pipe that is ready has room for PIPE_BUF, so that write does not block although the descriptor may.
  pollfd ready{descriptor_, POLLOUT, 0};
  const int count = ::poll(&ready, 1, static_cast<int>(patience.count()));
  if (count == 0 || (count < 0 && errno == EINTR)) return {Status::not_ready, 0};
  const ssize_t size = kind_ == Kind::socket
                           ? ::send(descriptor_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                           : ::write(descriptor_, piece.data(), piece.size());
  if (size > 0) return {Status::written, static_cast<std::size_t>(size)};
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    // Ready, yet full: another process was faster, or a socket wants less at once. Not in a busy loop.
    ::poll(nullptr, 0, 1);
    return {Status::not_ready, 0};
  }
  return {Status::failed, 0};
}

}  // namespace hookferry
