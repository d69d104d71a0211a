#include "runtime/ledger/journal.hpp"

#include <utility>

#include "messages/error.hpp"
#include "runtime/ledger/errors.hpp"

namespace sluice::ledger {
journal::journal(file open, const journal_header& header, std::uint64_t end,
                 std::uint64_t next_sequence)
    : file_(std::move(open)),
      header_(header),
      end_(end),
      next_sequence_(next_sequence),
      durable_(next_sequence - 1),
      pending_group_(next_sequence) {}

std::unique_ptr<journal> journal::create(system_calls& calls, const std::filesystem::path& path,
                                         journal_header header) {
  auto out = file::create(calls, path);
  require_lock(out);
  header.magic = journal_magic;
  header.version = journal_version;
  const auto number = calls.unique_number();
  header.number = header.number == 0 ? number : same_history(header.number, number);
  header.header_checksum = checksum_of(header);
  out.write(0, bytes_of(header));
  out.sync();
  return std::make_unique<journal>(std::move(out), header, sizeof header, header.first_sequence);
}

void journal::require_lock(file& open) {
  if (open.try_lock()) return;
  throw failure(errc::state_locked, "open ledger", open.path().string(),
                "another process or run uses it",
                "only one node may use a state directory; end the other one");
}

std::uint64_t journal::next_payload_at() const { return bytes() + sizeof(frame_header); }

std::uint64_t journal::enqueue(frame_type type, std::string_view payload) {
  require_healthy();
  if (pending_.empty()) pending_group_ = next_sequence_;
  frame_header header;
  header.sequence = next_sequence_;
  header.group = pending_group_;
  header.type = type;
  append_frame(pending_, header, header_.number, payload);
  return next_sequence_++;
}

void journal::commit(lock& held, std::uint64_t sequence) {
  while (durable_ < sequence) {
    require_healthy();
    if (is_writing_)
      progress_.wait(held);
    else
      write_pending(held);
  }
}

void journal::write_pending(lock& held) {
  is_writing_ = true;
  std::swap(pending_, writing_);
  const auto at = std::exchange(end_, end_ + writing_.size());
  const auto last = next_sequence_ - 1;
  held.unlock();
  try {
    file_.write(at, writing_);
    file_.sync();
  } catch (...) {
    held.lock();
    poisoned_ = true;
    is_writing_ = false;
    progress_.notify_all();
    throw;
  }
  held.lock();
  writing_.clear();
  durable_ = last;
  is_writing_ = false;
  progress_.notify_all();
}

void journal::require_healthy() const {
  if (!poisoned_) return;
  throw failure(errc::ledger_failed, "record in ledger", file_.path().string(),
                "an earlier write failed",
                "what was acknowledged before is kept; the next sync reads it again");
}

}  // namespace sluice::ledger
