#include "runtime/destinations/jsonl/durable_create.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "messages/error.hpp"
#include "runtime/destinations/jsonl/file_errors.hpp"
#include "runtime/os/files.hpp"

namespace sluice::destinations {
namespace {

// O_NONBLOCK: opening a FIFO must end in an error, not wait for its other side.
constexpr int open_flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK;

[[noreturn]] void refuse(const char* operation, const std::filesystem::path& path,
                         int error_number) {
  throw failure(file_error(operation, path, error_number));
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

void sync_directory(const std::filesystem::path& path) {
  if (const int code = os::sync_folder(path); code != 0)
    refuse("make directory durable", path, code);
}

void create_missing_directories(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) return;  // if it is a file, opening it fails later
  if (errno != ENOENT) refuse("create directory", path, errno);
  create_missing_directories(directory_of(path));
  if (::mkdir(path.c_str(), 0750) != 0) {
    if (errno == EEXIST) return;  // another writer was faster
    refuse("create directory", path, errno);
  }
  sync_directory(directory_of(path));
}

void check_regular(const std::filesystem::path& path, int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) refuse("open destination file", path, errno);
  if (!S_ISREG(found.st_mode))
    throw failure(errc::destination_failed, "open destination file", path.string(),
                  "it is not a regular file", "destination.path must name a file");
}

}  // namespace

os::unique_fd open_for_append(const std::filesystem::path& path) {
  create_missing_directories(directory_of(path));
  const bool existed = ::access(path.c_str(), F_OK) == 0;
  os::unique_fd file(::open(path.c_str(), open_flags | O_CREAT, 0640));
  if (!file) refuse("open destination file", path, errno);
  check_regular(path, file.get());
  // Of a symbolic link, the name that it leads to is made durable.
  if (!existed) sync_directory(directory_of(std::filesystem::canonical(path)));
  return file;
}

void probe_for_append(const std::filesystem::path& path) {
  const os::unique_fd existing(::open(path.c_str(), open_flags));
  if (existing) return check_regular(path, existing.get());
  if (errno != ENOENT) refuse("open destination file", path, errno);

  auto directory = directory_of(path);
  while (::access(directory.c_str(), F_OK) != 0) {
    if (errno != ENOENT) refuse("create destination file", directory, errno);
    directory = directory_of(directory);
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    refuse("create destination file", directory, errno);
}

}  // namespace sluice::destinations
