#include "runtime/backup/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "runtime/ledger/streamed_hash.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::backup {
namespace {

constexpr mode_t for_owner = 0600;
constexpr mode_t folder_for_owner = 0700;
constexpr std::size_t piece_bytes = 1u << 20;
/// A manifest with a hundred thousand ledgers has a tenth of that.
constexpr std::size_t largest_text = 256u << 20;

class digesting {
 public:
  void add(std::string_view bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
  }
  [[nodiscard]] digest result() const { return {bytes_, hash_.value()}; }

 private:
  ledger::streamed_hash hash_;
  std::uint64_t bytes_ = 0;
};

std::string hint_for(int cause) {
  switch (cause) {
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk, or choose another place";
    case EACCES:
    case EPERM:
    case EROFS:
      return "run it as the user that runs the node, with a place that this user may write";
    case EIO:
      return "the disk failed: look at the kernel's log";
    default:
      return {};
  }
}

os::unique_fd create(const std::filesystem::path& file) {
  os::unique_fd made(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, for_owner));
  if (!made) fail("create", file, errno);
  return made;
}

void write(const os::unique_fd& to, const std::filesystem::path& file, std::string_view bytes) {
  if (const int cause = os::write_all(to.get(), bytes); cause != 0) fail("write", file, cause);
}

void sync(const os::unique_fd& open, const std::filesystem::path& path) {
  if (::fsync(open.get()) != 0) fail("sync", path, errno);
}

/// Calls `take(bytes)` with the first `most` bytes, piece by piece.
template <class Take>
void read_pieces(const os::unique_fd& open, const std::filesystem::path& file, std::uint64_t most,
                 Take take) {
  std::vector<char> piece(piece_bytes);
  for (std::uint64_t at = 0; at < most;) {
    const auto wanted = std::min<std::uint64_t>(piece.size(), most - at);
    const auto got = ::pread(open.get(), piece.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", file, errno);
    if (got == 0) return;
    take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
    at += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

void fail(std::string_view operation, const std::filesystem::path& path, int cause) {
  throw failure(errc::ledger_failed, std::string(operation), path.string(), os::reason(cause),
                hint_for(cause));
}

os::unique_fd open_if_there(const std::filesystem::path& file) {
  os::unique_fd open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!open && errno != ENOENT && errno != ENOTDIR) fail("open", file, errno);
  return open;
}

std::uint64_t size_of(const os::unique_fd& open, const std::filesystem::path& file) {
  struct stat info {};
  if (::fstat(open.get(), &info) != 0) fail("inspect", file, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

digest copy_bytes(const os::unique_fd& open, const os::copied_file& file, std::uint64_t most) {
  const auto target = create(file.to);
  digesting sum;
  read_pieces(open, file.from, most, [&](std::string_view bytes) {
    write(target, file.to, bytes);
    sum.add(bytes);
  });
  sync(target, file.to);
  return sum.result();
}

digest copy_bytes(const os::copied_file& file) {
  const auto open = open_if_there(file.from);
  if (!open) fail("open", file.from, ENOENT);
  return copy_bytes(open, file);
}

digest digest_of(const std::filesystem::path& file) {
  const auto open = open_if_there(file);
  if (!open) fail("open", file, ENOENT);
  digesting sum;
  read_pieces(open, file, std::numeric_limits<std::uint64_t>::max(),
              [&](std::string_view bytes) { sum.add(bytes); });
  return sum.result();
}

std::string read_text(const std::filesystem::path& file) {
  auto content = os::read_small_file(file, largest_text);
  if (!content.text) fail("read", file, content.code);
  return *std::move(content.text);
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  const auto temporary = std::filesystem::path(file) += ".tmp";
  remove_tree(temporary);
  {
    const auto out = create(temporary);
    write(out, temporary, text);
    sync(out, temporary);
  }
  rename_durably(temporary, file);
}

void make_private_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), folder_for_owner) != 0 && errno != EEXIST)
    fail("create folder", folder, errno);
}

void cut(const std::filesystem::path& file, std::uint64_t bytes) {
  if (::truncate(file.c_str(), static_cast<off_t>(bytes)) != 0) fail("cut", file, errno);
  sync_file(file);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("rename", from, errno);
  sync_folder(to.parent_path());
  if (from.parent_path() != to.parent_path()) sync_folder(from.parent_path());
}

void sync_file(const std::filesystem::path& file) {
  const os::unique_fd open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!open) fail("open", file, errno);
  sync(open, file);
}

void sync_folder(const std::filesystem::path& folder) {
  if (const int cause = os::sync_folder(folder); cause != 0) fail("sync folder", folder, cause);
}

void remove_tree(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed) fail("remove", path, failed.value());
}

}  // namespace sluice::backup
