// What a model is made of, asked of the database itself.
#pragma once

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
};

/// Asks for names and exact types; runs nothing of a query but its planning. Throws odbc_error,
/// also (permanent) where two columns share a name.
model_description describe_model(odbc::connection& on, const config::source_config& source);

}  // namespace sluice::source
