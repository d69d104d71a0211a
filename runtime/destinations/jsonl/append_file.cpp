#include "runtime/destinations/jsonl/append_file.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <utility>

#include "runtime/destinations/jsonl/durable_create.hpp"
#include "runtime/destinations/jsonl/file_errors.hpp"
#include "runtime/os/pause.hpp"

namespace sluice::destinations {
namespace {

// Bytes that are written between two looks at the stop token.
constexpr std::size_t chunk_bytes = 1u << 20;
// Waiting for flock cannot be interrupted, so it is polled.
constexpr auto lock_poll = std::chrono::milliseconds(10);

/// The files of this process that are open for appending.
class registry {
 public:
  static registry& instance() {
    static registry one;
    return one;
  }

  std::mutex mutex;
  std::map<std::pair<dev_t, ino_t>, std::weak_ptr<append_file>> files;
};

[[noreturn]] void refuse_foreign_tail(const std::filesystem::path& path) {
  throw failure(errc::destination_failed, "open destination file", path.string(),
                "its last line has no end and was not written by Sluice",
                "end the file with a line break, or name another file");
}

/// Position behind the last line break before `size`; 0 if there is none.
off_t behind_last_line_break(const os::unique_fd& file, off_t size,
                             const std::filesystem::path& path) {
  std::array<char, 1u << 16> block;
  while (size > 0) {
    const auto length = static_cast<std::size_t>(std::min<off_t>(size, block.size()));
    const auto begin = size - static_cast<off_t>(length);
    const auto got = ::pread(file.get(), block.data(), length, begin);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(length))
      throw failure(file_error("read destination file", path, got < 0 ? errno : EIO));
    const auto at = std::string_view(block.data(), length).rfind('\n');
    if (at != std::string_view::npos) return begin + static_cast<off_t>(at) + 1;
    size = begin;
  }
  return 0;
}

}  // namespace

/// The right to change the file: against the other threads first, then against other processes.
class append_file::turn {
 public:
  /// Throws `failure` if the file is spoilt. False as a bool if `stop` was requested first.
  turn(append_file& file, const std::stop_token& stop) : file_(file) {
    std::unique_lock lock(file.mutex_);
    const auto is_free = [&] { return !file.turn_taken_; };
    if (stop.stop_requested() || !file.changed_.wait(lock, stop, is_free)) return;
    if (file.spoilt_) throw failure(file.spoilt_);
    file.turn_taken_ = true;
    const int error_number = lock_against_processes(lock, stop);
    held_ = error_number == 0;
    if (held_) return;
    give_back();
    if (error_number != ECANCELED)
      throw failure(file_error("lock destination file", file.path_, error_number));
  }

  ~turn() {
    if (!held_) return;
    ::flock(file_.fd_.get(), LOCK_UN);
    const std::lock_guard guard(file_.mutex_);
    give_back();
  }

  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  explicit operator bool() const { return held_; }

 private:
  /// Returns 0, ECANCELED once `stop` is requested, or what flock failed with.
  int lock_against_processes(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    while (::flock(file_.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return errno;
      // This thread holds the turn already; the other threads wait until it ends.
      lock.unlock();
      const bool slept = os::sleep_unless_stopped(lock_poll, stop);
      lock.lock();
      if (!slept) return ECANCELED;
    }
    return 0;
  }

  /// REQUIRES: the file's mutex.
  void give_back() {
    file_.turn_taken_ = false;
    file_.changed_.notify_all();
  }

  append_file& file_;
  bool held_ = false;
};

file_calls file_calls::real() { return {::write, ::ftruncate, ::fdatasync}; }

append_file::append_file(std::filesystem::path path, os::unique_fd fd, std::string_view line_begin,
                         file_calls calls)
    : path_(std::move(path)),
      fd_(std::move(fd)),
      line_begin_(line_begin),
      calls_(std::move(calls)) {}

void append_file::probe(const std::filesystem::path& path) { probe_for_append(path); }

std::shared_ptr<append_file> append_file::open(const std::filesystem::path& path,
                                               std::string_view line_begin,
                                               const std::stop_token& stop,
                                               const file_calls& calls) {
  auto opened =
      std::shared_ptr<append_file>(new append_file(path, open_for_append(path), line_begin, calls));
  struct stat found {};
  if (::fstat(opened->fd_.get(), &found) != 0)
    throw failure(file_error("open destination file", path, errno));

  auto& open_files = registry::instance();
  std::shared_ptr<append_file> file;
  {
    const std::lock_guard guard(open_files.mutex);
    std::erase_if(open_files.files, [](const auto& entry) { return entry.second.expired(); });
    auto& entry = open_files.files[{found.st_dev, found.st_ino}];
    file = entry.lock();
    const auto spoilt = [&] {
      const std::lock_guard state(file->mutex_);
      return static_cast<bool>(file->spoilt_);
    };
    if (!file || spoilt()) entry = file = opened;
  }

  // The tail is read within a turn, since another writer may be in the middle of a line.
  const turn mine(*file, stop);
  if (!mine)
    throw failure(errc::cancelled, "open destination file", path.string(),
                  "interrupted while another writer holds the file");
  file->mend_tail();
  return file;
}

append_result append_file::append(std::string_view lines, const std::stop_token& stop) {
  std::uint64_t number = 0;
  {
    const turn mine(*this, stop);
    if (!mine) return append_result::withdrawn;
    mend_tail();
    if (const auto unwritten = write_lines(lines, stop)) return *unwritten;
    const std::lock_guard guard(mutex_);
    number = ++written_;
  }
  return wait_until_durable(number, stop);
}

std::uint64_t append_file::take_torn_bytes() {
  const std::lock_guard guard(mutex_);
  return std::exchange(torn_bytes_, 0);
}

/// Cuts a torn line that a crash of this or another process left, unless the file still ends where
/// our own last turn left it.
void append_file::mend_tail() {
  struct stat found {};
  if (::fstat(fd_.get(), &found) != 0)
    throw failure(file_error("read destination file", path_, errno));
  if (found.st_nlink == 0)
    throw failure(errc::destination_failed, "append to destination file", path_.string(),
                  "the file was deleted while in use", "the next run creates it again");
  if (found.st_size == end_) return;
  cut_torn_line(found.st_size);
}

void append_file::cut_torn_line(off_t size) {
  const auto whole = behind_last_line_break(fd_, size, path_);
  if (whole < size) {
    // After a power loss the tail may be a line of ours, or zeros that never became one.
    std::string begin(std::min(line_begin_.size(), static_cast<std::size_t>(size - whole)), '\0');
    if (::pread(fd_.get(), begin.data(), begin.size(), whole) != static_cast<ssize_t>(begin.size()))
      throw failure(file_error("read destination file", path_, EIO));
    if (begin.front() != '\0' && !line_begin_.starts_with(begin)) refuse_foreign_tail(path_);
    if (calls_.truncate(fd_.get(), whole) != 0)
      throw failure(file_error("cut torn line of destination file", path_, errno));
    const std::lock_guard guard(mutex_);
    torn_bytes_ += static_cast<std::uint64_t>(size - whole);
  }
  end_ = whole;
}

/// Returns nothing if all lines were written, else their result. REQUIRES: a turn, and a file that
/// ends at `end_`.
std::optional<append_result> append_file::write_lines(std::string_view lines,
                                                      const std::stop_token& stop) {
  const auto begin = end_;
  for (std::size_t done = 0; done < lines.size();) {
    int error_number = 0;
    if (!stop.stop_requested()) {
      const auto chunk = lines.substr(done, chunk_bytes);
      const auto written = calls_.write(fd_.get(), chunk.data(), chunk.size());
      if (written > 0) {
        done += static_cast<std::size_t>(written);
        continue;
      }
      error_number = written == 0 ? EIO : errno;
      if (error_number == EINTR) continue;
    }
    if (!withdraw(begin)) return append_result::doubtful;
    if (error_number == 0) return append_result::withdrawn;
    throw failure(file_error("append to destination file", path_, error_number));
  }
  end_ = begin + static_cast<off_t>(lines.size());
  return std::nullopt;
}

/// Cuts the file back to `begin`. False, and nothing may be appended any more, if even that fails.
bool append_file::withdraw(off_t begin) {
  while (calls_.truncate(fd_.get(), begin) != 0) {
    if (errno == EINTR) continue;
    const std::lock_guard guard(mutex_);
    spoilt_ = file_error("cut destination file back", path_, errno);
    return false;
  }
  end_ = begin;
  return true;
}

/// Group commit: a thread that finds no fdatasync in progress does one for all lines written by
/// then.
append_result append_file::wait_until_durable(std::uint64_t number, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (synced_ < number) {
    if (spoilt_) return append_result::doubtful;
    if (syncing_) {
      const auto settled = [&] { return !syncing_ || synced_ >= number; };
      if (!changed_.wait(lock, stop, settled)) return append_result::doubtful;
      continue;
    }
    syncing_ = true;
    const auto covered = written_;
    lock.unlock();
    const int error_number = calls_.sync(fd_.get()) == 0 ? 0 : errno;
    lock.lock();
    syncing_ = false;
    if (error_number == 0) {
      synced_ = covered;
    } else {
      spoilt_ = file_error("make destination file durable", path_, error_number);
    }
    changed_.notify_all();
  }
  return append_result::durable;
}

}  // namespace sluice::destinations
