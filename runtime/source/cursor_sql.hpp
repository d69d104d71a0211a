// Which rows of a model a pass by cursor reads, as SQL. Conditions have the bare column on one side
// and literals on the other, so that the database can use an index. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/source/model_description.hpp"
#include "runtime/source/starting_point.hpp"

namespace sluice::source {

/// Conditions of SELECTs that together give each wanted row exactly once: first the rows at or past
/// the starting point and the rows without a cursor value, which are invalid; then the rows before
/// the starting point that are wanted by key, some at a time. None if every row is wanted, or if a
/// value in a condition would have no certain literal (see sql_literal.hpp): reading too many rows
/// costs time and harms nothing. Throws odbc_error (permanent) if the overlap cannot be taken from
/// the cursor's value. REQUIRES: the model has a cursor, or `from` has none.
std::vector<std::string> wanted_rows(odbc::product kind, const model_description& model,
                                     const starting_point& from);

/// The SELECT of the cursor's highest value, as `cursor_text` prints it, at or past the starting
/// point. It gives no row or NULL if there is no such value. REQUIRES: the model has a cursor.
select_statement highest_value(odbc::product kind, const model_description& model,
                               const starting_point& from);

}  // namespace sluice::source
