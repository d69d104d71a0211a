// Fetches rows on a thread of its own, so that the driver works while earlier rows are compared.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// Consecutive rows, copied out of the driver.
class fetched_block {
 public:
  void add(std::span<const raw_cell> row);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  /// Row `i` in `out`, as views into the block.
  void read(std::size_t i, std::vector<raw_cell>& out) const;
  void clear();

 private:
  struct cell {
    std::size_t begin;
    std::size_t size;
    value_kind kind;
    bool too_large;
  };
  std::string bytes_;
  std::vector<cell> cells_;
  std::size_t rows_ = 0;
};

/// A bounded queue between the fetching thread and the thread that calls `next`: at most one block
/// being filled, `most_waiting` waiting blocks, and one being read. A block closes at
/// `block_bytes`, so a larger row is a block by itself, and no other block waits beside it.
class read_ahead {
 public:
  static constexpr std::size_t block_bytes = 256u << 10;
  static constexpr std::size_t block_rows = 1'000;
  static constexpr std::size_t most_waiting = 2;

  /// Begins to fetch. `rows` belongs to the fetching thread until this object is destroyed; to end
  /// a blocked fetch, its driver must be interrupted first.
  explicit read_ahead(std::unique_ptr<row_stream> rows);
  /// Waits for the fetch under way.
  ~read_ahead();
  read_ahead(const read_ahead&) = delete;
  read_ahead& operator=(const read_ahead&) = delete;

  /// The next row; false after the last one. Throws what fetching threw, behind the rows before it.
  bool next();
  [[nodiscard]] std::span<const raw_cell> cells() const { return cells_; }

 private:
  void fetch(const std::stop_token& stop);
  /// Hands a full block over; false if the reader no longer wants it.
  bool pass_on(fetched_block& full, const std::stop_token& stop);
  bool take_block();

  std::unique_ptr<row_stream> rows_;
  std::vector<raw_cell> cells_;
  fetched_block current_;  ///< of the reading thread
  std::size_t at_ = 0;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable_any changed_;
  std::deque<fetched_block> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<fetched_block> spare_;  ///< read blocks, kept for their memory
  bool ended_ = false;
  std::exception_ptr failed_;

  std::jthread thread_;  ///< last: it uses everything above
};

}  // namespace sluice::source
