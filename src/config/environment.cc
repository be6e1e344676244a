#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "config/config.h"

namespace hookferry::config {
namespace {

/// More than any secret or configuration; what guards against /dev/zero.
constexpr std::size_t largest_file = 16 << 20;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

Error cannot_read(const std::string& path, int number) {
  return error(cat("cannot read ", path, ": ", std::generic_category().message(number)));
}

}  // namespace

std::optional<std::string> SystemEnvironment::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

bool SystemEnvironment::may_be_read_again(const std::string& path) const {
  struct stat status;
  return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

Result<std::string> SystemEnvironment::read_file(const std::string& path) const {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return cannot_read(path, errno);
  std::string content;
  char buffer[16 << 10];
  while (true) {
    const ssize_t size = ::read(file.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot_read(path, errno);
    // In place, since a text could be made an Error as well.
    if (size == 0) return Result<std::string>(boost::system::in_place_value, std::move(content));
    content.append(buffer, static_cast<std::size_t>(size));
    if (content.size() > largest_file)
      return error(cat("cannot read ", path, ": larger than ", human_size(largest_file)));
  }
}

}  // namespace hookferry::config
