// What became of each row of a run, as JSON Lines for people and scripts. Nothing in Sluice depends
// on a row log: it is not synced, and only answers to people and scripts are read from it.
//
//   {"at": "...", "operation": "insert", "key": {"id": 7}, "outcome": "rejected", "status": 422,
//    "error": "..."}
//
// In the log of a run of chosen rows a line also has what was sent and answered: "request" and
// "answer", both as texts.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "messages/run.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::rowlog {

/// `<state_dir>/rows/CONNECTION/RUN.jsonl`
std::filesystem::path file_of(const std::filesystem::path& state_dir,
                              const connection_name& connection, const run_id& run);

/// Removes the row log of a run, if there is one. Returns why the file is still there, or no error.
/// The error is catalog_failed, since the log goes with what the catalog knows of the run.
error remove(const std::filesystem::path& state_dir, const connection_name& connection,
             const run_id& run);

/// The row log of one run, shared by its reader and its writers. Thread safe.
///
/// No function throws, and none fails a run. The first thing that goes wrong (a full disk, a
/// missing permission) ends the log behind its last whole line, and is a warning of the run. Lines
/// are buffered: a crash loses the last of them, and may tear one. The destructor writes the rest.
class row_log {
 public:
  /// Creates the file (mode 0600, its directories 0700) with the first lines: a run without lines
  /// has no file. REQUIRES: there is no such file yet.
  explicit row_log(std::filesystem::path file) : file_(std::move(file)) {}
  ~row_log();
  row_log(const row_log&) = delete;
  row_log& operator=(const row_log&) = delete;

  /// A line for each delta, with its fate as the ledger recorded it; `unrecorded` is the fate of
  /// deltas without one in `outcome`. `requests`: what was sent for each delta, for people; may be
  /// empty.
  void settled(const batch& deltas, const batch_outcome& outcome, fate unrecorded,
               const row_schema& schema, timestamp now,
               const std::vector<std::string>& requests = {});
  /// A line for each row that is invalid in the source.
  void invalid(const std::vector<rejected_row>& rows);

  /// Writes the buffered lines. Returns, once, why lines are missing, if any are.
  std::optional<std::string> flush();

 private:
  /// Adds the whole lines that `render` appends to a string to the log.
  template <class Render>
  void add(const Render& render) noexcept;
  // The following with the mutex held.
  void write_buffer();
  /// Cuts off the part of a line with which the first `written` bytes of the buffer end.
  void cut_torn_line(std::size_t written) const;
  void end(const std::string& why);

  const std::filesystem::path file_;
  std::atomic<bool> ended_ = false;  ///< nothing is written any more
  std::mutex mutex_;
  std::string buffer_;  ///< whole lines
  os::unique_fd fd_;    ///< not open yet, or open to the end
  std::optional<std::string> warning_;
};

}  // namespace sluice::rowlog
