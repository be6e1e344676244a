#include "tests/spool/faulty_disk.h"

#include <utility>

namespace hookferry::spool {
namespace {

sqlite3_vfs& machine() {
  return *sqlite3_vfs_find(nullptr);
}

/// What SQLite allocates for a file: this, and behind it the machine's own.
struct File {
  sqlite3_file base;
  FaultyDisk* disk;
  sqlite3_file* real;
};

File& file_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return file_of(file).real;
}

template <class Do>
int guarded(sqlite3_file* file, FaultyDisk::Operation operation, Do body) {
  const FaultyDisk::Verdict verdict = file_of(file).disk->judge(operation);
  const int code = verdict.done ? body(real(file)) : SQLITE_OK;
  return verdict.fails ? verdict.code : code;
}

int x_close(sqlite3_file* file) {
  return real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
}
int x_read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return guarded(file, FaultyDisk::read, [&](sqlite3_file* f) { return f->pMethods->xRead(f, to, size, at); });
}
int x_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  return guarded(file, FaultyDisk::write, [&](sqlite3_file* f) { return f->pMethods->xWrite(f, from, size, at); });
}
int x_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return guarded(file, FaultyDisk::truncate, [&](sqlite3_file* f) { return f->pMethods->xTruncate(f, size); });
}
int x_sync(sqlite3_file* file, int flags) {
  return guarded(file, FaultyDisk::sync, [&](sqlite3_file* f) { return f->pMethods->xSync(f, flags); });
}
int x_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int x_lock(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xLock(real(file), kind);
}
int x_unlock(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xUnlock(real(file), kind);
}
int x_reserved(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int x_control(sqlite3_file* file, int what, void* value) {
  return real(file)->pMethods->xFileControl(real(file), what, value);
}
int x_sector(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int x_traits(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int x_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int x_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void x_shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int x_shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods methods = {2,          x_close,       x_read,      x_write,   x_truncate, x_sync,   x_size,
                                    x_lock,     x_unlock,      x_reserved,  x_control, x_sector,   x_traits, x_shm_map,
                                    x_shm_lock, x_shm_barrier, x_shm_unmap, nullptr,   nullptr};

int x_open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  File& opened = file_of(file);
  opened.base.pMethods = nullptr;
  opened.disk = static_cast<FaultyDisk*>(vfs->pAppData);
  opened.real = reinterpret_cast<sqlite3_file*>(&opened + 1);
  opened.real->pMethods = nullptr;
  if (const FaultyDisk::Verdict verdict = opened.disk->judge(FaultyDisk::open); verdict.fails) return SQLITE_CANTOPEN;
  const int code = machine().xOpen(&machine(), name, opened.real, flags, out_flags);
  if (code == SQLITE_OK) opened.base.pMethods = &methods;
  return code;
}

}  // namespace

FaultyDisk::FaultyDisk(std::string name) : name_(std::move(name)) {
  vfs_ = machine();
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + machine().szOsFile;
  vfs_.pAppData = this;
  vfs_.xOpen = x_open;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&vfs_);
}

void FaultyDisk::fail(const Fault& fault) {
  operations_ = 0;
  failed_ = 0;
  skip_ = fault.skip;
  count_ = fault.count;
  done_ = fault.done;
  code_ = fault.code;
  operations_ = fault.operations;
}

FaultyDisk::Verdict FaultyDisk::judge(Operation operation) noexcept {
  if ((operations_ & operation) == 0) return {};
  if (skip_.fetch_sub(1) > 0) return {};
  if (count_.fetch_sub(1) <= 0) return {};
  ++failed_;
  return {true, done_, code_};
}

}  // namespace hookferry::spool
