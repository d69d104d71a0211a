// Enters every key of a ledger again, under another hash.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "runtime/ledger/generation.hpp"
#include "runtime/ledger/generation_writer.hpp"
#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::ledger {

/// Sorts the keys of a ledger by their new hashes on disk: runs that fit into memory, merged eight
/// at a time. Keys that become one key are one entry in doubt without an acknowledged value,
/// because their rows have become one row, or only one of them will be delivered again. What is
/// remembered for one of them is remembered for it. One thread.
class reidentification {
 public:
  /// Runs go to unnamed files in `directory`. `memory_bytes` bounds what is sorted in memory.
  reidentification(system_calls& calls, std::filesystem::path directory, std::size_t memory_bytes);

  /// Takes the known keys of `old`. False once `stop` is requested.
  bool read(const layers& old, const key_hasher& hash_of, const std::stop_token& stop);
  /// Writes them in their new order. False once `stop` is requested.
  bool write(generation_writer& out, const std::stop_token& stop);

 private:
  /// Newest first.
  using run_list = std::vector<std::shared_ptr<const generation>>;
  /// A key of the run that is being gathered; its packed form, and what is remembered for it, lie
  /// in the old layers.
  struct gathered {
    entry value;
    std::string_view packed_key;
    std::string_view remembered;
  };

  void spill();
  void add_run(std::shared_ptr<const generation> run, std::size_t tier);

  system_calls* calls_;
  std::filesystem::path directory_;
  std::size_t most_gathered_;
  std::vector<gathered> gathered_;
  std::vector<run_list> tiers_;
};

}  // namespace sluice::ledger
