// The append side of a journal: frames of several writers go to the disk in one write and one
// fdatasync (group commit).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/ledger/file.hpp"
#include "runtime/ledger/frame.hpp"
#include "runtime/ledger/journal_format.hpp"

namespace sluice::ledger {

/// Not thread safe by itself: every call is made under the mutex of the ledger it belongs to, which
/// `commit` gives up while it waits for the disk.
class journal {
 public:
  using lock = std::unique_lock<std::mutex>;

  /// Goes on at the `end` that a reader found. The file holds nothing behind `end`, and is durable.
  journal(file open, const journal_header& header, std::uint64_t end, std::uint64_t next_sequence);
  /// Begins a journal at `path`: durable but for its name. The journal gets a new number in the
  /// history of `header.number`, or begins a history if `header.number` is zero.
  static std::unique_ptr<journal> create(system_calls& calls, const std::filesystem::path& path,
                                         journal_header header);
  /// Takes the lock that keeps a second user out. Throws `failure` (state_locked).
  static void require_lock(file& open);

  /// Where the payload of the next frame will be, in bytes from the start of the file.
  [[nodiscard]] std::uint64_t next_payload_at() const;
  /// Adds a frame to the next write and returns its sequence. Throws `failure` (ledger_failed) once
  /// a write has failed.
  std::uint64_t enqueue(frame_type type, std::string_view payload);
  /// Returns when all frames up to `sequence` are durable: waits for the current write, or makes
  /// the next one for all waiting threads. Throws `failure` (ledger_failed); a failed write is
  /// never tried again.
  void commit(lock& held, std::uint64_t sequence);
  /// Returns when everything enqueued is durable. Repeats until nothing is pending, since other
  /// threads may add frames meanwhile.
  void commit_all(lock& held) {
    while (durable_ + 1 < next_sequence_) commit(held, next_sequence_ - 1);
  }

  [[nodiscard]] const journal_header& header() const { return header_; }
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }
  /// Sequence of the last durable record, of this journal or of an earlier one; 0: there is none.
  [[nodiscard]] std::uint64_t durable() const { return durable_; }
  /// Size of the file, enqueued frames included.
  [[nodiscard]] std::uint64_t bytes() const { return end_ + pending_.size(); }
  /// The file as far as it is durable.
  [[nodiscard]] mapping map() const { return file_.map(); }
  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  /// Ends all recording, as a failed write does.
  void poison() { poisoned_ = true; }
  /// Throws `failure` (ledger_failed) once a write has failed.
  void require_healthy() const;
  [[nodiscard]] bool poisoned() const { return poisoned_; }

 private:
  void write_pending(lock& held);

  file file_;
  journal_header header_;
  std::uint64_t end_;  ///< of what was handed to the file
  std::uint64_t next_sequence_;
  std::uint64_t durable_;        ///< last durable sequence
  std::string pending_;          ///< the frames of the next write
  std::uint64_t pending_group_;  ///< sequence of the first of them
  std::string writing_;          ///< the frames of the write under way; its memory is kept
  bool is_writing_ = false;
  bool poisoned_ = false;
  std::condition_variable progress_;
};

}  // namespace sluice::ledger
