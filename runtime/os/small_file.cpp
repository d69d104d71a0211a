#include "runtime/os/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::os {
namespace {

/// Closes a file descriptor at the end of its scope.
class open_file {
 public:
  explicit open_file(int fd) : fd_(fd) {}
  ~open_file() {
    if (fd_ >= 0) ::close(fd_);  // read only: there is nothing that closing could lose
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

file_content refused(std::string why) { return {std::nullopt, std::move(why)}; }
file_content refused_by_system() { return refused(std::generic_category().message(errno)); }

}  // namespace

file_content read_small_file(const std::filesystem::path& file, std::size_t limit) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
  const open_file in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (in.fd() < 0) return refused_by_system();
  struct ::stat about {};
  if (::fstat(in.fd(), &about) != 0) return refused_by_system();
  if (S_ISDIR(about.st_mode)) return refused("is a directory");
  if (!S_ISREG(about.st_mode)) return refused("is not a regular file");

  std::string text;
  while (text.size() <= limit) {
    char block[16 * 1024];
    const auto got = ::read(in.fd(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused_by_system();
    if (got == 0) return {std::move(text), {}};
    text.append(block, static_cast<std::size_t>(got));
  }
  constexpr unsigned per_mib = 20;
  const bool whole = limit >> per_mib << per_mib == limit && limit > 0;
  return refused("is larger than " + std::to_string(whole ? limit >> per_mib : limit) +
                 (whole ? " MiB" : " bytes"));
}

}  // namespace sluice::os
