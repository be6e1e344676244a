// Descriptors to log to.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

/// A file in memory.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("log", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("memfd_create failed");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string text() const {
    std::string out;
    std::array<char, 65536> part{};
    for (ssize_t size = 0;
         (size = ::pread(descriptor_, part.data(), part.size(), static_cast<off_t>(out.size()))) > 0;) {
      out.append(part.data(), static_cast<std::size_t>(size));
    }
    return out;
  }

 private:
  int descriptor_;
};

/// A pipe, and its only reader.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  /// Fills it with lines of '#', so that it takes nothing more.
  void fill() {
    const int flags = ::fcntl(ends_[1], F_GETFL);
    ::fcntl(ends_[1], F_SETFL, flags | O_NONBLOCK);
    const std::string page = std::string(4095, '#') + "\n";
    while (::write(ends_[1], page.data(), page.size()) > 0) continue;
    ::fcntl(ends_[1], F_SETFL, flags);
  }
  /// Reads until `end` was read, at most for ten seconds.
  std::string read_until(std::string_view end) {
    std::string out;
    std::array<char, 65536> part{};
    pollfd ready{ends_[0], POLLIN, 0};
    while (out.find(end) == std::string::npos && ::poll(&ready, 1, 10'000) == 1) {
      const ssize_t size = ::read(ends_[0], part.data(), part.size());
      if (size <= 0) break;
      out.append(part.data(), static_cast<std::size_t>(size));
    }
    return out;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    lines.emplace_back(text.substr(0, end));
  }
  if (!text.empty()) lines.push_back("[no line break] " + std::string(text));
  return lines;
}

}  // namespace hookferry
