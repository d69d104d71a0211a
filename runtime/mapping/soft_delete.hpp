// The fields that `on_delete` sets, compiled against the rows of a run.
#pragma once

#include <string>
#include <vector>

#include "messages/batch.hpp"

namespace sluice::config {
struct set_field;
}

namespace sluice::mapping {

/// The fields that a delete sets instead of removing the row.
struct soft_delete {
  std::vector<std::size_t> fields;  ///< positions in `row_schema::fields`; none: rows are removed
  std::string packed;               ///< their values, in that order

  bool operator==(const soft_delete&) const = default;
};

/// Throws `failure` (invalid_config) that lists all fields that the rows lack, that are part of the
/// key, or whose type differs from that of the value to set.
soft_delete compile_on_delete(const std::string& connection,
                              const std::vector<config::set_field>& set, const row_schema& schema);

}  // namespace sluice::mapping
