// Sorts entries in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "runtime/digest/entry.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::digest {

/// Takes entries in any order, and gives them back in that of their source keys. What exceeds
/// `in_memory` entries goes as sorted runs to an unlinked file in `directory`. One thread. I/O
/// errors are `failure` (ledger_failed).
class entry_sorter {
 public:
  explicit entry_sorter(std::filesystem::path directory, std::size_t in_memory = 256u << 10);

  /// REQUIRES: `next` was not called yet.
  void add(const entry& x);
  [[nodiscard]] std::uint64_t size() const { return spilled_ + buffer_.size(); }

  /// The next entry in the order; false behind the last one.
  bool next(entry& out);

 private:
  /// A sorted part of the file, and what was read of it.
  struct run {
    std::uint64_t at;  ///< in entries
    std::uint64_t end;
    std::vector<entry> block;
    std::size_t taken;
  };

  void spill();
  void begin_merging();
  /// False at the end of the run.
  bool fill(run& from);
  [[nodiscard]] bool later(std::size_t a, std::size_t b) const;

  std::filesystem::path directory_;
  std::size_t in_memory_;
  std::vector<entry> buffer_;  ///< read as the last of the runs
  os::unique_fd file_;
  std::uint64_t spilled_ = 0;
  std::vector<run> runs_;
  bool merging_ = false;
  std::size_t taken_ = 0;          ///< of the buffer, where nothing was spilled
  std::vector<std::size_t> heap_;  ///< of runs that hold entries, by their next one
};

}  // namespace sluice::digest
