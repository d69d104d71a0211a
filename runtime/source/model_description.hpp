// What a model is made of, asked of the database itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/odbc/connection.hpp"
#include "runtime/source/column_plan.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {

struct model_description {
  std::string relation;  ///< behind FROM
  std::vector<column_plan> columns;
  /// The order in which pages can follow each other exactly; empty if there is none (MariaDB).
  std::vector<page_key> page_order;
  std::vector<std::size_t> key;       ///< positions in `columns`; empty if one is not there
  std::optional<std::size_t> cursor;  ///< position in `columns`; fit for a cursor
  std::chrono::milliseconds overlap{0};
  /// Of each part of a pass; see starting_point::at_most.
  std::optional<std::uint64_t> at_most = std::nullopt;
  /// What a value of the cursor means; see model_reader::cursor.
  std::string cursor_terms;
};

/// Asks for names and exact types; runs nothing of a query but its planning. Throws odbc_error,
/// also (permanent) where two columns share a name, or the cursor is missing, has no order, or is
/// no time and has an overlap.
model_description describe_model(odbc::connection& on, const config::source_config& source);

}  // namespace sluice::source
