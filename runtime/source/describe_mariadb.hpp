// Exact types and usable page orders in MariaDB.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/column_plan.hpp"
#include "runtime/source/model_sql.hpp"

namespace sluice::source {

/// A query (one statement), and the relation in which it stands.
struct placed_query {
  const std::string& text;
  const std::string& relation;
};

/// The plans of `columns`: of a table or, without a table, of `query`. The types of a query's
/// columns are read from an empty temporary table made from the query.
std::vector<column_plan> describe_mariadb(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const placed_query& query,
                                          const std::vector<odbc::column_info>& columns);

/// The primary key of `table`, if paging by it neither loses nor repeats a row: a base table with
/// snapshots (InnoDB), whole columns (no prefixes), of types that compare the same as literals.
/// Otherwise empty. Uniqueness and NOT NULL come with a primary key.
std::vector<page_key> mariadb_page_order(odbc::connection& on, std::string_view table);

}  // namespace sluice::source
