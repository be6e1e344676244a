#include "spool/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace hookferry::spool {
namespace {

namespace fs = std::filesystem;

std::string reason_of(int code) {
  return std::generic_category().message(code);
}

std::string lock_file(const std::string& folder) {
  return folder + "/spool.lock";
}

int written_id(int descriptor) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  int id = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, id);
  return id;
}

/// Only told to people: no harm when it cannot be written.
void write_id(int descriptor) {
  const std::string text = cat(::getpid(), '\n');
  if (::ftruncate(descriptor, 0) != 0) return;
  if (::pwrite(descriptor, text.data(), text.size(), 0) < 0) return;
}

/// 20250115T103000Z
std::string compact(WallTime time) {
  std::string text;
  append_rfc3339(text, time);
  std::string out = text.substr(0, 19);
  std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
  return out + "Z";
}

Error in_use(const std::string& path, int owner) {
  const std::string who = owner > 0 ? cat("process ", owner) : std::string("another process");
  return error(cat("spool.path: ", path, " is in use by ", who,
                   ": stop it, or give this instance a folder of its own; to look into it beside a running instance: ",
                   "hookferry spool list ", path));
}

}  // namespace

Result<Folder> Folder::open(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) {
    return error(
        cat("spool.path: ", path, " cannot be made: ", code.message(), "; make it, writable for user ", ::geteuid()));
  }
  const int lock = ::open(lock_file(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) {
    return error(cat("spool.path: ", lock_file(path), ": ", reason_of(errno), "; the folder must be writable for user ",
                     ::geteuid()));
  }
  Folder folder(path, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(path, written_id(lock));
    return error(cat("spool.path: ", lock_file(path), " cannot be locked: ", reason_of(errno),
                     "; the folder must be on a disk of this machine"));
  }
  write_id(lock);
  return folder;
}

Folder::~Folder() {
  if (lock_ >= 0) ::close(lock_);
}

Folder::Folder(Folder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

void Folder::make_file() const {
  const int descriptor = ::open(file().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);  // else SQLite will say why
}

std::uint64_t Folder::log_size() const {
  struct stat status {};
  return ::stat((file() + "-wal").c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<std::string> Folder::set_aside(WallTime now) const {
  const std::string wanted = cat(file(), ".damaged-", compact(now));
  std::string name = wanted;
  for (int i = 2; fs::exists(name); ++i) name = cat(wanted, '-', i);
  std::error_code code;
  fs::rename(file(), name, code);
  if (code) return error(cat(file(), " is damaged and cannot be renamed: ", code.message()));
  fs::rename(file() + "-wal", name + "-wal", code);  // SQLite looks for it there
  fs::remove(file() + "-shm", code);
  if (!sync()) return error(cat(path_, ": ", reason_of(errno)));
  return {boost::system::in_place_value, name};
}

bool Folder::sync() const {
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return done;
}

std::vector<std::string> files_set_aside(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("spool.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")) {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

int owner_of(const std::string& folder) {
  const int descriptor = ::open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const int id = locked ? written_id(descriptor) : 0;
  ::close(descriptor);
  return id;
}

}  // namespace hookferry::spool
