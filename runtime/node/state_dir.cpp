#include "runtime/node/state_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "messages/error.hpp"

namespace sluice::node {
namespace {

[[noreturn]] void cannot_use(const std::filesystem::path& path, const std::string& cause) {
  throw failure(errc::ledger_failed, "use state directory", path.string(), cause,
                "check state_dir, its owner and its permissions");
}

void make_private_dir(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) cannot_use(path, failed.message());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) cannot_use(path, std::strerror(errno));
  if (!std::filesystem::is_directory(path, failed)) cannot_use(path, "it is not a directory");
}

/// What the holder of the lock wrote into it: its process id.
std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const auto n = ::pread(fd, text.data(), text.size() - 1, 0);
  return n > 0 ? " (process " + std::string(text.data(), static_cast<std::size_t>(n)) + ")" : "";
}

void check_place(const std::filesystem::path& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    cannot_use(path, std::string("it cannot be written: ") + std::strerror(errno));
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) cannot_use(path, std::strerror(errno));
  if ((disk.f_flag & ST_RDONLY) != 0) cannot_use(path, "its file system is read-only");
  constexpr unsigned long long least = 1u << 20;
  if (static_cast<unsigned long long>(disk.f_bavail) * disk.f_frsize < least)
    cannot_use(path, "its disk is full");
  // Some file systems count no files.
  if (disk.f_files > 0 && disk.f_favail == 0) cannot_use(path, "its disk takes no more files");
}

}  // namespace

void check_state_dir(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    auto place = path.parent_path();
    while (place.has_relative_path() && !std::filesystem::exists(place, failed))
      place = place.parent_path();
    return check_place(place.empty() ? "." : place);
  }
  if (!std::filesystem::is_directory(path, failed)) cannot_use(path, "it is not a directory");
  check_place(path);
  for (const auto* part : {"ledger", "scratch"})
    if (std::filesystem::exists(path / part, failed)) check_place(path / part);
}

state_dir::state_dir(std::filesystem::path path) : path_(std::move(path)) {
  make_private_dir(path_);
  const auto file = path_ / "lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0)
    cannot_use(path_, std::string("cannot write the lock file: ") + std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const auto reason = errno;
    const auto holder = holder_of(lock_);
    ::close(lock_);
    if (reason != EWOULDBLOCK)
      cannot_use(path_, std::string("cannot lock: ") + std::strerror(reason));
    throw failure(errc::state_locked, "use state directory", path_.string(),
                  "another node uses it" + holder,
                  "stop that node, or give this one a state_dir of its own");
  }
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
    const auto reason = errno;
    ::close(lock_);
    cannot_use(path_, std::string("cannot write the lock file: ") + std::strerror(reason));
  }
  std::error_code failed;
  std::filesystem::remove_all(scratch_dir(), failed);
  make_private_dir(scratch_dir());
  make_private_dir(path_ / "ledger");
}

state_dir::~state_dir() { ::close(lock_); }

}  // namespace sluice::node
