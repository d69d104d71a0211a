// Where a pass over a model begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::source {

/// What a pass may leave out, because an earlier one has read it.
struct starting_point {
  /// A value of the cursor, as `model_reader::reached` gave it: rows that lie before it (less the
  /// configured overlap) are left out. Nothing: every row is read.
  std::optional<std::string> cursor = std::nullopt;
  /// Packed keys of rows that are read wherever their cursor stands.
  std::vector<std::string> keys = {};
  /// Nobody will ask for more rows than these: what copies rows before it gives them (MariaDB) need
  /// not copy all. For a look into the source.
  std::optional<std::uint64_t> at_most = std::nullopt;
};

}  // namespace sluice::source
