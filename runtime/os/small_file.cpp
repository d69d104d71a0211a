#include "runtime/os/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::os {
namespace {

file_content refused(std::string why, int code) { return {std::nullopt, std::move(why), code}; }
file_content refused_by_system() {
  const int code = errno;
  return refused(reason(code), code);
}

}  // namespace

file_content read_small_file(const std::filesystem::path& file, std::size_t limit) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
  const unique_fd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in) return refused_by_system();
  struct ::stat about {};
  if (::fstat(in.get(), &about) != 0) return refused_by_system();
  if (S_ISDIR(about.st_mode)) return refused("is a directory", EISDIR);
  if (!S_ISREG(about.st_mode)) return refused("is not a regular file", EINVAL);

  std::string text;
  while (text.size() <= limit) {
    char block[16 * 1024];
    const auto got = ::read(in.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused_by_system();
    if (got == 0) return {std::move(text), {}, 0};
    text.append(block, static_cast<std::size_t>(got));
  }
  constexpr unsigned per_mib = 20;
  const bool whole = limit >> per_mib << per_mib == limit && limit > 0;
  return refused("is larger than " + std::to_string(whole ? limit >> per_mib : limit) +
                     (whole ? " MiB" : " bytes"),
                 EFBIG);
}

}  // namespace sluice::os
