// Where a pass over a model begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/source/row_hashes.hpp"

namespace sluice::source {

/// Which rows a pass must read; an earlier pass has read the others.
struct starting_point {
  /// A value of the cursor, as `model_reader::reached` gave it: rows that lie before it (less the
  /// configured overlap) are left out. Nothing: every row is read.
  std::optional<std::string> cursor = std::nullopt;
  /// Packed keys of rows that are read wherever their cursor stands.
  std::vector<std::string> keys = {};
  /// Rows with these keys, and no others. Goes without a cursor.
  bool only_keys = false;
  /// The caller will ask for at most so many rows, so a stream that copies rows first (MariaDB)
  /// need not copy all of them. For a look into the source.
  std::optional<std::uint64_t> at_most = std::nullopt;
  /// Rows come with the hashes that the database makes of them. Goes without a cursor.
  bool hashed = false;
  /// With hashes: only the rows of these buckets. Nothing: those of all.
  std::optional<bucket_set> buckets = std::nullopt;
};

}  // namespace sluice::source
