// The hashes that a database makes of its own rows, and digests of many of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "messages/hash128.hpp"

namespace sluice::source {

/// The hashes of one row, as the database made them.
struct row_hashes {
  hash128 key;                 ///< of the columns of the key
  std::optional<hash128> row;  ///< of all wanted columns; nothing where the database cannot make it

  bool operator==(const row_hashes&) const = default;
};

/// How the hashes of many rows become one.
enum class combination : std::uint8_t {
  sum,           ///< of each half, modulo 2^64
  exclusive_or,  ///< of each half
};

/// What is said of some rows at once. Two sets of rows with the same digest are the same rows, but
/// for a chance of about 2^-128: see the dialects for why their hashes may be combined.
struct digest {
  std::uint64_t rows = 0;
  std::uint64_t unhashed = 0;  ///< rows among them without a hash, about which nothing is known
  hash128 combined;            ///< of the others

  bool operator==(const digest&) const = default;

  void add(combination how, const hash128& row) {
    ++rows;
    if (how == combination::sum) {
      combined.high += row.high;
      combined.low += row.low;
    } else {
      combined.high ^= row.high;
      combined.low ^= row.low;
    }
  }
};

/// The most bits that number a bucket: the memory for a million digests is some 100 MB.
inline constexpr unsigned most_bucket_bits = 20;

/// The bucket of a key: the first `bits` of its hash.
[[nodiscard]] constexpr std::uint32_t bucket_of(const hash128& key, unsigned bits) {
  return bits == 0 ? 0 : static_cast<std::uint32_t>(key.high >> (64 - bits));
}

/// Some of the 2^bits buckets.
struct bucket_set {
  unsigned bits = 0;
  std::vector<std::uint32_t> numbers = {};  ///< ascending

  bool operator==(const bucket_set&) const = default;
};

/// How many of the 2^bits buckets lie in `within`, which has coarser ones; no bits: all.
[[nodiscard]] inline std::size_t count_buckets(unsigned bits, const bucket_set& within) {
  const std::size_t coarser = within.bits == 0 ? 1 : within.numbers.size();
  return coarser << (bits - within.bits);
}

/// The digest of the rows of one bucket.
struct bucket_digest {
  std::uint32_t bucket = 0;
  digest of = {};

  bool operator==(const bucket_digest&) const = default;
};

/// What came from a source over the wire: rows of a model and of digests, and the bytes of their
/// values, as they travel.
struct fetched {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;

  bool operator==(const fetched&) const = default;
};

}  // namespace sluice::source
