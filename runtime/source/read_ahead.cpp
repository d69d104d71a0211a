#include "runtime/source/read_ahead.hpp"

#include <utility>

namespace sluice::source {

void fetched_block::add(std::span<const raw_cell> row) {
  for (const auto& c : row) {
    cells_.push_back({bytes_.size(), c.bytes.size(), c.kind, c.too_large});
    bytes_ += c.bytes;
  }
  ++rows_;
}

void fetched_block::read(std::size_t i, std::vector<raw_cell>& out) const {
  const auto width = cells_.size() / rows_;
  out.resize(width);
  for (std::size_t c = 0; c < width; ++c) {
    const auto& from = cells_[i * width + c];
    out[c] = {from.kind, std::string_view(bytes_).substr(from.begin, from.size), from.too_large};
  }
}

void fetched_block::clear() {
  bytes_.clear();
  if (bytes_.capacity() > 2 * read_ahead::block_bytes) bytes_.shrink_to_fit();
  cells_.clear();
  rows_ = 0;
}

read_ahead::read_ahead(std::unique_ptr<row_stream> rows)
    : rows_(std::move(rows)), thread_([this](const std::stop_token& stop) { fetch(stop); }) {}

read_ahead::~read_ahead() {
  thread_.request_stop();
  thread_.join();
}

void read_ahead::fetch(const std::stop_token& stop) {
  fetched_block block;
  std::exception_ptr failed;
  try {
    while (!stop.stop_requested() && rows_->next()) {
      block.add(rows_->cells());
      if ((block.bytes() >= block_bytes || block.rows() >= block_rows) && !pass_on(block, stop))
        return;
    }
  } catch (...) {
    failed = std::current_exception();
  }
  if (block.rows() > 0 && !pass_on(block, stop)) return;
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  failed_ = failed;
  changed_.notify_all();
}

bool read_ahead::pass_on(fetched_block& full, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto room = [this] {
    return waiting_.size() < most_waiting && waiting_bytes_ <= block_bytes;
  };
  if (!changed_.wait(lock, stop, room)) return false;
  waiting_bytes_ += full.bytes();
  waiting_.push_back(std::exchange(full, {}));
  if (!spare_.empty()) {
    full = std::move(spare_.back());
    spare_.pop_back();
  }
  changed_.notify_all();
  return true;
}

bool read_ahead::take_block() {
  std::unique_lock lock(mutex_);
  current_.clear();
  spare_.push_back(std::exchange(current_, {}));
  // No stop token here: the fetching thread always ends, and says how.
  changed_.wait(lock, [this] { return !waiting_.empty() || ended_; });
  if (waiting_.empty()) {
    if (failed_) std::rethrow_exception(failed_);
    return false;
  }
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= current_.bytes();
  at_ = 0;
  changed_.notify_all();
  return true;
}

bool read_ahead::next() {
  if (at_ == current_.rows() && !take_block()) return false;
  current_.read(at_++, cells_);
  return true;
}

}  // namespace sluice::source
