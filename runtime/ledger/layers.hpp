// The immutable part of a ledger: a base and the runs spilled since. Newest wins.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/ledger/generation.hpp"

namespace sluice::ledger {

/// So many equally large runs are merged into one. So the number of runs, and the cost of a lookup,
/// grow with the logarithm of the spilled entries.
inline constexpr std::size_t runs_per_tier = 8;

/// The newest entry of a key. `value` is null if there is none, or if the key was removed.
struct located {
  const entry* value = nullptr;
  std::uint64_t ordinal = 0;  ///< entries count on from the base through the runs, oldest first
  const generation* from = nullptr;  ///< null if `value` is

  /// See generation::remembered.
  [[nodiscard]] std::string_view remembered() const {
    return value == nullptr ? std::string_view{} : from->remembered(*value);
  }
};

/// A value: copies share the generations, which makes a copy a stable view. Reading is thread safe.
class layers {
 public:
  layers() = default;
  /// `base` may be null.
  explicit layers(std::shared_ptr<const generation> base) : base_(std::move(base)) {}

  [[nodiscard]] const std::shared_ptr<const generation>& base() const { return base_; }
  /// The runs, newest first, without the base.
  [[nodiscard]] std::vector<const generation*> runs() const;
  /// All layers, newest first.
  [[nodiscard]] std::vector<const generation*> all() const;
  /// Entries of all layers, superseded ones included; every ordinal is below this number.
  [[nodiscard]] std::uint64_t entries() const;

  void find(std::span<const hash128> keys, std::span<located> found) const;
  [[nodiscard]] located find(const hash128& key) const;
  /// See `ledger::recall`.
  void recall(batch& deltas) const;

  /// Puts a run on top.
  void push(std::shared_ptr<const generation> newest);
  /// Merges equally large runs: see `runs_per_tier`.
  void compact(system_calls& calls, const std::filesystem::path& directory);

 private:
  struct run {
    std::shared_ptr<const generation> data;
    unsigned tier;  ///< 0 as spilled; one more with each compaction
  };

  std::shared_ptr<const generation> base_;
  std::vector<run> runs_;  ///< oldest first
};

}  // namespace sluice::ledger
