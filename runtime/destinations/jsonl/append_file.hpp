// A file of lines that several writers append to at once, durably and without ever leaving half a
// line behind.
//
// Writers of one file inside this process share one append_file (found by device and inode), take
// turns, and share each fdatasync. Other processes are kept out during a turn by flock.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "messages/error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::destinations {

/// The system calls that change the file; tests replace them to make them fail.
struct file_calls {
  std::function<ssize_t(int, const void*, std::size_t)> write;
  std::function<int(int, off_t)> truncate;
  std::function<int(int)> sync;

  /// write(2), ftruncate(2), fdatasync(2).
  static file_calls real();
};

/// The result of one `append`, for all its lines.
enum class append_result : std::uint8_t {
  durable,    ///< on disk
  withdrawn,  ///< the stop token was requested in time: none of them is in the file
  doubtful,   ///< they may or may not survive
};

class append_file {
 public:
  /// Opens the file, or creates it (mode 0640 under the umask) with its missing directories (0750);
  /// everything created is made durable. A torn last line, which only a crash leaves, is cut.
  /// `line_begin` is the beginning of every line: a torn line with another beginning is not
  /// Sluice's, so the file is refused and not changed. Throws `failure` (destination_failed, or
  /// cancelled once `stop` is requested while another process holds the file).
  static std::shared_ptr<append_file> open(const std::filesystem::path& path,
                                           std::string_view line_begin, const std::stop_token& stop,
                                           const file_calls& calls = file_calls::real());

  /// Throws `failure` (destination_failed) where `open` would, as far as can be known without
  /// changing anything.
  static void probe(const std::filesystem::path& path);

  append_file(const append_file&) = delete;
  append_file& operator=(const append_file&) = delete;

  /// Appends whole lines and returns once they are durable. Any thread. `stop` interrupts waiting
  /// and writing, not an fdatasync that has begun. Throws `failure` if nothing of `lines` is in the
  /// file (disk full, permission, or the file was spoilt earlier).
  ///
  /// A failed fdatasync spoils the file for good: the kernel may have dropped any page that was not
  /// yet on disk and reports that only once, so a second fdatasync of the same descriptor would
  /// wrongly succeed. All lines that were waiting for it are `doubtful`; a later `open` starts
  /// afresh.
  append_result append(std::string_view lines, const std::stop_token& stop);

  /// Bytes of torn lines that were cut since the last call.
  std::uint64_t take_torn_bytes();

 private:
  append_file(std::filesystem::path path, os::unique_fd fd, std::string_view line_begin,
              file_calls calls);

  class turn;

  void mend_tail();
  void cut_torn_line(off_t size);
  std::optional<append_result> write_lines(std::string_view lines, const std::stop_token& stop);
  bool withdraw(off_t begin);
  append_result wait_until_durable(std::uint64_t number, const std::stop_token& stop);

  const std::filesystem::path path_;
  const os::unique_fd fd_;
  const std::string line_begin_;
  const file_calls calls_;

  // Only during a turn.
  off_t end_ = -1;  ///< where our last turn left the end of the file; -1: not looked yet

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool turn_taken_ = false;
  bool syncing_ = false;
  std::uint64_t written_ = 0;  ///< number of the last turn whose lines are all written
  std::uint64_t synced_ = 0;   ///< number of the last turn whose lines are durable
  std::uint64_t torn_bytes_ = 0;
  error spoilt_;  ///< why nothing may be appended any more
};

}  // namespace sluice::destinations
