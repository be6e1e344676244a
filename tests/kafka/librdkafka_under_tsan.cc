// What a program with librdkafka in it needs to run under the thread sanitizer, and nothing else is built with.
//
// librdkafka uses <threads.h>, which the sanitizer does not know: a thread made by thrd_create has no state of its own
// there, and the first intercepted call in it crashes; locks taken by mtx_lock would not be seen. So here are C11's
// threads as POSIX threads. In an executable these definitions stand before the C library's.
//
// Nor does the sanitizer see librdkafka's atomic reference counts, since it is not built with it: what one thread read
// and another then frees looks like a race. Hence calls that come directly from librdkafka's code (free, memcpy,
// rwlocks) are not looked at, nor, since its rwlocks are then unseen, whether a lock of its own was made before it is
// taken. Our own code is, also where librdkafka calls it, and its locks order what passes through it from one thread of
// ours to another.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && alignof(mtx_t) >= alignof(pthread_mutex_t));
static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t) && alignof(cnd_t) >= alignof(pthread_cond_t));
static_assert(sizeof(thrd_t) == sizeof(pthread_t) && sizeof(once_flag) == sizeof(pthread_once_t));

namespace {

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int c11(int result) {
  if (result == 0) return thrd_success;
  if (result == ETIMEDOUT) return thrd_timedout;
  return result == ENOMEM ? thrd_nomem : thrd_error;
}

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* pointer) {
  const Start start = *static_cast<Start*>(pointer);
  delete static_cast<Start*>(pointer);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start.function(start.argument)));
}

}  // namespace

extern "C" {

const char* __tsan_default_suppressions() {
  return "called_from_lib:librdkafka.so\n"
         "race:^mtx_lock$\n"
         "race:^mtx_destroy$\n"
         "race:^cnd_destroy$\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto* const start = new Start{function, argument};
  const int result = pthread_create(thread, nullptr, run, start);
  if (result != 0) delete start;
  return c11(result);
}
int thrd_join(thrd_t thread, int* code) {
  void* value = nullptr;
  const int result = pthread_join(thread, &value);
  if (code != nullptr) *code = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return c11(result);
}
int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  const int result = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return c11(result);
}
void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_destroy(posix(mutex));
}
int mtx_lock(mtx_t* mutex) {
  return c11(pthread_mutex_lock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
  return c11(pthread_mutex_unlock(posix(mutex)));
}
int cnd_init(cnd_t* condition) {
  return c11(pthread_cond_init(posix(condition), nullptr));
}
void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(posix(condition));
}
int cnd_signal(cnd_t* condition) {
  return c11(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
  return c11(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return c11(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const std::timespec* until) {
  return c11(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void call_once(once_flag* flag, void (*function)()) {
  pthread_once(reinterpret_cast<pthread_once_t*>(flag), function);
}

}  // extern "C"
