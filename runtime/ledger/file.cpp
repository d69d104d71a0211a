#include "runtime/ledger/file.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "runtime/ledger/errors.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::ledger {
namespace {

constexpr mode_t file_mode = 0600;  // keys are business data
constexpr mode_t directory_mode = 0700;

}  // namespace

mapping::~mapping() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

mapping::mapping(mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

mapping& mapping::operator=(mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

file file::create(system_calls& calls, const std::filesystem::path& path) {
  const int descriptor = calls.open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, file_mode);
  if (descriptor < 0) fail_io("create", path, errno);
  return {calls, path, descriptor};
}

file file::open(system_calls& calls, const std::filesystem::path& path) {
  const int descriptor = calls.open(path.c_str(), O_RDWR, 0);
  if (descriptor < 0) fail_io("open", path, errno);
  return {calls, path, descriptor};
}

file file::open_to_read(system_calls& calls, const std::filesystem::path& path) {
  const int descriptor = calls.open(path.c_str(), O_RDONLY, 0);
  if (descriptor < 0) fail_io("open", path, errno);
  return {calls, path, descriptor};
}

file file::unnamed(system_calls& calls, const std::filesystem::path& directory) {
  const int descriptor = calls.open_unnamed(directory.c_str());
  if (descriptor < 0) fail_io("create temporary file in", directory, errno);
  return {calls, directory / "(temporary run)", descriptor};
}

file::~file() {
  if (descriptor_ >= 0) calls_->close(descriptor_);
}

file::file(file&& other) noexcept
    : calls_(other.calls_),
      path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

file& file::operator=(file&& other) noexcept {
  std::swap(calls_, other.calls_);
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::uint64_t file::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail_io("inspect", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void file::write(std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written =
        calls_->write(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_io("write", path_, errno);
    }
    if (written == 0) fail_io("write", path_, EIO);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
}

void file::sync() {
  if (calls_->sync_data(descriptor_) != 0) fail_io("sync", path_, errno);
}

void file::truncate(std::uint64_t size) {
  if (calls_->truncate(descriptor_, static_cast<off_t>(size)) != 0)
    fail_io("truncate", path_, errno);
}

mapping file::map() const {
  const auto bytes = size();
  if (bytes == 0) return {};
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor_, 0);
  if (data == MAP_FAILED) fail_io("map", path_, errno);
  return {static_cast<const char*>(data), bytes};
}

bool file::try_lock() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail_io("lock", path_, errno);
}

std::string read_file(const std::filesystem::path& path) {
  constexpr std::size_t most = 1u << 20;
  auto content = os::read_small_file(path, most);
  if (!content.text) fail_io("read", path, content.code);
  return *std::move(content.text);
}

void sync_directory(system_calls& calls, const std::filesystem::path& directory) {
  if (calls.sync_directory(directory.c_str()) != 0) fail_io("sync folder", directory, errno);
}

void rename(system_calls& calls, const std::filesystem::path& from,
            const std::filesystem::path& to) {
  if (calls.rename(from.c_str(), to.c_str()) != 0) fail_io("rename", from, errno);
}

void make_directories(system_calls& calls, const std::filesystem::path& directory) {
  if (directory.empty()) return;
  const auto parent = directory.parent_path();
  if (!std::filesystem::exists(directory)) {
    if (!std::filesystem::exists(parent)) make_directories(calls, parent);
    if (calls.make_directory(directory.c_str(), directory_mode) != 0 && errno != EEXIST)
      fail_io("create folder", directory, errno);
  }
  // Also for a directory that exists: the process that created it may have died or failed before
  // this step.
  sync_directory(calls, parent.empty() ? "." : parent);
}

void remove_directory(system_calls& calls, const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory)) return;
  for (const auto& each : std::filesystem::directory_iterator(directory))
    if (calls.unlink(each.path().c_str()) != 0) fail_io("remove", each.path(), errno);
  if (calls.remove_directory(directory.c_str()) != 0) fail_io("remove folder", directory, errno);
}

}  // namespace sluice::ledger
