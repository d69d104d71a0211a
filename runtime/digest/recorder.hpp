// Keeps what a pass sees of each row, for the index of the next run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "messages/hash128.hpp"
#include "runtime/diff/row_block.hpp"
#include "runtime/digest/entry_sorter.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::digest {

/// One thread. I/O errors are `failure` (ledger_failed).
class recorder {
 public:
  explicit recorder(std::filesystem::path scratch) : rows_(std::move(scratch)) {}

  /// The rows of a block about which the differ has decided; `hashes` by position, as the source
  /// gave them. `repeated`: keys that came before, which the differ has found.
  void note(const diff::row_block& block, std::span<const std::optional<source::row_hashes>> hashes,
            std::span<const hash128> repeated);

  /// False if some row had no hash by which it could be found again, or too many keys came twice:
  /// then there can be no index.
  [[nodiscard]] bool usable() const { return usable_; }
  /// Whether several rows have this key: then all of them are to be read again, since which of them
  /// counts depends on all.
  [[nodiscard]] bool repeated(const hash128& key) const { return repeated_.contains(key); }
  [[nodiscard]] entry_sorter& rows() { return rows_; }

 private:
  struct by_low_half {
    std::size_t operator()(const hash128& x) const { return x.low; }
  };

  entry_sorter rows_;
  std::unordered_set<hash128, by_low_half> repeated_;
  bool usable_ = true;
};

}  // namespace sluice::digest
