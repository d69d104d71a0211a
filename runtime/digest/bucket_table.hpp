// Compares the digests of an index with those of the source, bucket by bucket. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/digest/entry.hpp"
#include "runtime/source/row_hashes.hpp"

namespace sluice::digest {

/// What differs between index and source.
struct difference {
  source::bucket_set buckets;     ///< may hold rows that differ; all others are equal
  std::uint64_t source_rows = 0;  ///< rows of the source in these buckets
  /// The source's rows are those of the index; only that some entries are not settled makes buckets
  /// differ.
  bool same_rows = true;
};

/// The digests of an index by buckets. Memory is 40 bytes for each bucket that is looked at.
class bucket_table {
 public:
  /// Looks at 2^bits buckets; only at those within `within`, unless it has no bits.
  bucket_table(source::combination how, unsigned bits, source::bucket_set within);

  /// Adds an entry of the index. One that is not `settled` makes its bucket differ from whatever
  /// the source says.
  void add(const entry& x, bool settled);

  /// Throws `failure` (internal) where the source speaks of buckets that it was not asked for.
  [[nodiscard]] difference against(std::span<const source::bucket_digest> source) const;

 private:
  /// The number of the slot of a bucket, if it is looked at.
  [[nodiscard]] std::optional<std::size_t> slot_of(std::uint32_t bucket) const;
  [[nodiscard]] std::uint32_t bucket_at(std::size_t slot) const;

  source::combination how_;
  unsigned bits_;
  source::bucket_set within_;
  std::vector<source::digest> slots_;
};

}  // namespace sluice::digest
