#include "runtime/os/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sluice::os {

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return EIO;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int read_all_at(int fd, std::uint64_t offset, void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const auto n = ::pread(fd, at, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    at += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return 0;
}

int sync_folder(const std::filesystem::path& folder) {
  const unique_fd open(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return open && ::fsync(open.get()) == 0 ? 0 : errno;
}

unique_fd open_unnamed(const std::filesystem::path& folder) {
  unique_fd made(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (made || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return made;
  // Some file systems (NFS, older overlays) have no O_TMPFILE.
  auto pattern = (folder / "run.tmp.XXXXXX").string();
  made = unique_fd(::mkostemp(pattern.data(), O_CLOEXEC));
  if (made) ::unlink(pattern.c_str());
  return made;
}

}  // namespace sluice::os
