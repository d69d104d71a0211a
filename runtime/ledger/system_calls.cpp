#include "runtime/ledger/system_calls.hpp"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "runtime/os/files.hpp"

namespace sluice::ledger {

int system_calls::open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags | O_CLOEXEC, mode);
}

int system_calls::open_unnamed(const char* directory) {
  return os::open_unnamed(directory).release();
}

int system_calls::close(int descriptor) { return ::close(descriptor); }

ssize_t system_calls::write(int descriptor, const void* bytes, std::size_t size, off_t at) {
  return ::pwrite(descriptor, bytes, size, at);
}

int system_calls::sync_data(int descriptor) { return ::fdatasync(descriptor); }

int system_calls::truncate(int descriptor, off_t size) { return ::ftruncate(descriptor, size); }

int system_calls::rename(const char* from, const char* to) { return ::rename(from, to); }

int system_calls::unlink(const char* path) { return ::unlink(path); }

int system_calls::make_directory(const char* path, mode_t mode) { return ::mkdir(path, mode); }

int system_calls::remove_directory(const char* path) { return ::rmdir(path); }

int system_calls::sync_directory(const char* path) {
  errno = os::sync_folder(path);
  return errno == 0 ? 0 : -1;
}

std::uint64_t system_calls::unique_number() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
    std::random_device device;
    number = (std::uint64_t{device()} << 32) | device();
  }
  return number;
}

system_calls& system_calls::real() {
  static system_calls instance;
  return instance;
}

}  // namespace sluice::ledger
