// What a pass saw of one row: the source's own hashes beside those of the ledger.
#pragma once

#include <type_traits>

#include "messages/hash128.hpp"

namespace sluice::digest {

/// A fact about the source, whatever the ledger says now: the row whose key has the source's hash
/// `source_key` had `source_row` as its hash when it made `key` and `fingerprint`. So if the
/// source's hashes are the same, the row need not be read to know what it is compared with.
struct entry {
  hash128 source_key;
  hash128 source_row;
  hash128 key;          ///< the ledger's hash of the row's identity
  hash128 fingerprint;  ///< zeros: the row has to be read again

  bool operator==(const entry&) const = default;
  /// Whether the ledger's word on the row stands for the row.
  [[nodiscard]] bool settled() const { return fingerprint != hash128{}; }
};
static_assert(std::is_trivially_copyable_v<entry> && sizeof(entry) == 64);

/// The order of entries in an index.
[[nodiscard]] inline bool before(const entry& a, const entry& b) {
  return a.source_key < b.source_key;
}

}  // namespace sluice::digest
