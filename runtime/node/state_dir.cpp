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
#include "runtime/backup/switch.hpp"

namespace sluice::node {
namespace {

[[noreturn]] void cannot_use(const std::filesystem::path& path, const std::string& cause) {
  throw failure(errc::ledger_failed, "use state directory", path.string(), cause,
                "check state_dir, its owner and its permissions");
}

/// Also for a directory that exists, since the process that made it may have died before this step.
/// A folder above that may not be read is not this program's, and neither are the names in it.
void make_name_durable(const std::filesystem::path& path) {
  const auto place = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
  const os::unique_fd folder(
      ::open(place.empty() ? "." : place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder && (errno == EACCES || errno == EPERM)) return;
  if (!folder || (::fsync(folder.get()) != 0 && errno != EINVAL))
    cannot_use(path, std::string("cannot make its name durable: ") + std::strerror(errno));
}

void make_private_dir(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) cannot_use(path, failed.message());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) cannot_use(path, std::strerror(errno));
  if (!std::filesystem::is_directory(path, failed)) cannot_use(path, "it is not a directory");
  make_name_durable(path);
}

using identity = state_dir::identity;

identity identity_in(const struct stat& info) {
  return std::pair{std::uint64_t{info.st_dev}, std::uint64_t{info.st_ino}};
}
/// The identity of the file that has this name now; nothing without one.
identity identity_at(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? identity_in(info) : std::nullopt;
}
identity identity_of(const os::unique_fd& open) {
  struct stat info {};
  return ::fstat(open.get(), &info) == 0 ? identity_in(info) : std::nullopt;
}

/// The process id that the holder of the lock wrote into the file.
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
  lock_directory();
  lock_file();
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(lock_.get(), 0) != 0 || ::pwrite(lock_.get(), pid.data(), pid.size(), 0) < 0)
    cannot_use(path_, std::string("cannot write the lock file: ") + std::strerror(errno));
  backup::finish_restore(path_);
  std::error_code failed;
  std::filesystem::remove_all(scratch_dir(), failed);
  make_private_dir(scratch_dir());
  make_private_dir(path_ / "ledger");
}

/// A lock file can be removed, and a new one can be made and locked, so the directory itself is
/// locked: it must not be shared.
void state_dir::lock_directory() {
  directory_ = os::unique_fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_) cannot_use(path_, std::string("cannot open it: ") + std::strerror(errno));
  if (::flock(directory_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return;  // some network file systems lock no directories: the file must suffice
  const os::unique_fd holder(::open(lock_path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  throw_locked(holder ? holder_of(holder.get()) : "");
}

/// The file that versions before 0.2 lock. It also names the process that holds the directory.
void state_dir::lock_file() {
  lock_ =
      os::unique_fd(::open(lock_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_) cannot_use(path_, std::string("cannot write the lock file: ") + std::strerror(errno));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) cannot_use(path_, std::string("cannot lock: ") + std::strerror(errno));
  throw_locked(holder_of(lock_.get()));
}

void state_dir::throw_locked(const std::string& holder) const {
  throw failure(errc::state_locked, "use state directory", path_.string(),
                "another node uses it" + holder,
                "stop that node, or give this one a state_dir of its own");
}

void state_dir::catalog_is_open() { catalog_ = identity_at(catalog_file()); }

error state_dir::look() const {
  const auto trouble = [&](const std::filesystem::path& what, const char* cause) {
    return error{errc::ledger_failed, "use state directory", what.string(), cause,
                 "put it back, or end the node and start it again: what it would record now is "
                 "lost, so it refuses to"};
  };
  if (identity_at(path_) != identity_of(directory_))
    return trouble(path_, "it was removed or replaced while the node runs");
  if (catalog_ && identity_at(catalog_file()) != catalog_)
    return trouble(catalog_file(), "it was removed or replaced while the node runs");
  if (identity_at(lock_path()) != identity_of(lock_))
    return {errc::state_locked, "use state directory", lock_path().string(),
            "the lock file was removed or replaced while the node runs",
            "restart the node, so that everybody sees that it is in use"};
  return {};
}

}  // namespace sluice::node
