// The index of digests on the disk: what the last complete pass saw of every row, in the order of
// the source's hashes.
//
// It stands beside the ledger and is derived: it can be thrown away at any time, and the next run
// reads every row and makes another one. It is written as a new file and renamed, so a crash leaves
// the old one or the new one, both of which hold facts (see entry).
//
//   header   128 bytes: index_header
//   blocks   1,024 entries of 64 bytes (the last one fewer), then the XXH3 of the block, seeded
//            with its number
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/sync.hpp"
#include "runtime/digest/entry.hpp"
#include "runtime/ledger/file.hpp"
#include "runtime/os/unique_fd.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::digest {

/// What an index says of itself.
struct index_facts {
  hash128 meaning;  ///< of what its hashes are made of, and what they were compared with
  /// Where the ledger was when every settled entry was what the ledger had acknowledged; zeros: no
  /// entry is known to be.
  ledger_position at = {};
  std::uint64_t changed = 0;  ///< deltas of the run that wrote it
  std::uint64_t unsettled = 0;
  source::digest total = {};  ///< of all entries

  bool operator==(const index_facts&) const = default;
};

/// Writes a new index beside the present one, which it replaces in the end.
class index_writer {
 public:
  /// `calls` outlives the writer. Creates the directory of `file` if it is missing.
  index_writer(ledger::system_calls& calls, std::filesystem::path file, source::combination how);
  /// REQUIRES: no entry sorts behind it that was added before.
  void add(const entry& x);
  /// From here on the index counts: durable on return. `meaning`, `at` and `changed` are taken from
  /// `facts`.
  void finish(index_facts facts);

 private:
  void write_block();

  ledger::system_calls& calls_;
  std::filesystem::path file_;
  source::combination how_;
  ledger::file new_;
  std::string block_;
  std::uint64_t blocks_ = 0;
  std::uint64_t at_;
  index_facts facts_;
};

/// Reads an index from its begin to its end. One thread.
class index_reader {
 public:
  /// The index in `file`; nothing if there is none that is whole as far as its header goes.
  static std::optional<index_reader> open(const std::filesystem::path& file);

  [[nodiscard]] const index_facts& facts() const { return facts_; }
  [[nodiscard]] std::uint64_t entries() const { return facts_.total.rows; }

  /// Goes back to the begin.
  void rewind();
  /// The next entry; false behind the last one. Throws `failure` (ledger_corrupt) on a damaged
  /// block, and (ledger_failed) if the file cannot be read.
  bool next(entry& out);

 private:
  index_reader(std::filesystem::path path, os::unique_fd file, const index_facts& facts)
      : path_(std::move(path)), file_(std::move(file)), facts_(facts) {}
  void read_block();

  std::filesystem::path path_;
  os::unique_fd file_;
  index_facts facts_;
  std::uint64_t taken_ = 0;  ///< entries
  std::string block_;
};

/// Makes an index say `facts` of itself from now on, durably. What they say of the entries has to
/// be what it said before.
void restate_index(ledger::system_calls& calls, const std::filesystem::path& file,
                   const index_facts& facts);

/// Removes the index, if there is one.
void remove_index(ledger::system_calls& calls, const std::filesystem::path& file);

}  // namespace sluice::digest
