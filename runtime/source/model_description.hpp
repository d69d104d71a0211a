// Names, types and key of a model's columns, as the database itself describes them.
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
  /// MariaDB: the key by which pages follow each other exactly; empty if there is no such key.
  std::vector<page_key> page_order;
  std::vector<std::size_t> key;       ///< positions in `columns`; empty if one is not there
  std::optional<std::size_t> cursor;  ///< position in `columns`; fit for a cursor
  std::chrono::milliseconds overlap{0};
  /// What all rows of a pass must meet.
  std::vector<std::string> conditions = {};
  /// Rows in each part of a pass; see starting_point::at_most.
  std::optional<std::uint64_t> at_most = std::nullopt;
  /// What a value of the cursor means; see model_reader::cursor.
  std::string cursor_terms;
};

/// Asks for names and exact types; a query is planned, not run. Throws odbc_error, also (permanent)
/// if two columns share a name, or if the cursor is missing, has no order, or has an overlap
/// without being a time.
model_description describe_model(odbc::connection& on, const config::source_config& source);

}  // namespace sluice::source
