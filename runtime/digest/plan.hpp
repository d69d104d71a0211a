// How finely the rows of a source are divided into buckets. Pure.
//
// A bucket costs the bytes of its digest, and each row that differs costs the bytes of all rows in
// its bucket. With B buckets over N rows of which C differ, that is B * digest + C * N / B * row:
// least at B = sqrt(C * N * row / digest).
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/source/row_hashes.hpp"

namespace sluice::digest {

/// How many of `rows` are likely to have changed, to judge by how many were `changed` at the last
/// time; 0: none. A run that changed most of them was a load, which tells nothing of the next one.
[[nodiscard]] std::uint64_t expected_changes(std::uint64_t rows, std::uint64_t changed);

/// The bits that number the buckets of the first round over `rows`, of which `changed` differed at
/// the last time.
[[nodiscard]] unsigned first_bits(std::uint64_t rows, std::uint64_t changed);

/// How many rows differ, to judge by how many buckets do.
[[nodiscard]] double differing_rows(const source::bucket_set& differing);

/// The bits of one more round within the buckets that differ and hold `rows_in_them` of `rows`;
/// nothing if reading them is as good: each round costs a scan of the source.
[[nodiscard]] std::optional<unsigned> finer_bits(std::uint64_t rows,
                                                 const source::bucket_set& differing,
                                                 std::uint64_t rows_in_them);

/// Whether so many of `rows` are so many that all are read.
[[nodiscard]] bool better_all(std::uint64_t rows, std::uint64_t rows_in_them);

}  // namespace sluice::digest
