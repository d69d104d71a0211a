// A library for $LD_PRELOAD that denies a program a thread (EAGAIN), a descriptor (EMFILE), or
// memory for C++ (std::bad_alloc) on the threads of runs, when a test asks for that. See
// scarcity.hpp.
#include "tests/support/scarcity.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <new>
#include <string_view>

namespace {

using sluice::test::scarcity;

scarcity* shared() {
  static scarcity* const found = [] {
    const auto* const file = std::getenv("SLUICE_SCARCITY");
    static const auto real =
        reinterpret_cast<int (*)(const char*, int, ...)>(dlsym(RTLD_NEXT, "open"));
    const int fd = file == nullptr ? -1 : real(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return static_cast<scarcity*>(nullptr);
    void* const at = ::mmap(nullptr, sizeof(scarcity), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    return at == MAP_FAILED ? nullptr : static_cast<scarcity*>(at);
  }();
  return found;
}

/// Whether this call is the one that is denied.
bool denied(scarcity::kind what) {
  auto* const s = shared();
  if (s == nullptr || s->countdown[what] <= 0 || s->countdown[what].fetch_sub(1) != 1) return false;
  ++s->denied[what];
  return true;
}

/// Whether a denial is due at all, and this thread works for a run. (It has CAF's name for threads
/// of detached actors, which the threads that they start inherit.)
bool of_a_run() {
  auto* const s = shared();
  if (s == nullptr || s->countdown[scarcity::memory] <= 0) return false;
  std::array<char, 16> name{};
  return ::prctl(PR_GET_NAME, name.data()) == 0 && std::string_view(name.data()) == "caf.actor";
}

template <class Function>
Function* next(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
/// The function behind this library.
#define NEXT(name)                                   \
  [] {                                               \
    static auto* const found = next(&(name), #name); \
    return found;                                    \
  }()

int no_descriptor() {
  errno = EMFILE;
  return -1;
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*start)(void*), void* arg) {
  if (denied(scarcity::threads)) return EAGAIN;
  return NEXT(pthread_create)(thread, how, start, arg);
}

#define OPEN(name)                                             \
  int name(const char* path, int flags, ...) {                 \
    va_list rest;                                              \
    va_start(rest, flags);                                     \
    const auto mode = mode_of(flags, rest);                    \
    va_end(rest);                                              \
    if (denied(scarcity::descriptors)) return no_descriptor(); \
    return NEXT(name)(path, flags, mode);                      \
  }                                                            \
  int name##at(int at, const char* path, int flags, ...) {     \
    va_list rest;                                              \
    va_start(rest, flags);                                     \
    const auto mode = mode_of(flags, rest);                    \
    va_end(rest);                                              \
    if (denied(scarcity::descriptors)) return no_descriptor(); \
    return NEXT(name##at)(at, path, flags, mode);              \
  }
OPEN(open)
#undef OPEN

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  if (denied(scarcity::descriptors)) return no_descriptor();
  return NEXT(open64)(path, flags, mode);
}

int socket(int domain, int type, int protocol) noexcept {
  return denied(scarcity::descriptors) ? no_descriptor() : NEXT(socket)(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int pair[2]) noexcept {
  return denied(scarcity::descriptors) ? no_descriptor()
                                       : NEXT(socketpair)(domain, type, protocol, pair);
}

int eventfd(unsigned int value, int flags) noexcept {
  return denied(scarcity::descriptors) ? no_descriptor() : NEXT(eventfd)(value, flags);
}

int epoll_create1(int flags) noexcept {
  return denied(scarcity::descriptors) ? no_descriptor() : NEXT(epoll_create1)(flags);
}

int pipe2(int pair[2], int flags) noexcept {
  return denied(scarcity::descriptors) ? no_descriptor() : NEXT(pipe2)(pair, flags);
}

}  // extern "C"

void* operator new(std::size_t size) {
  if (of_a_run() && denied(scarcity::memory)) throw std::bad_alloc();
  if (void* const got = std::malloc(size == 0 ? 1 : size)) return got;
  throw std::bad_alloc();
}
void operator delete(void* what) noexcept { std::free(what); }
void operator delete(void* what, std::size_t) noexcept { std::free(what); }
