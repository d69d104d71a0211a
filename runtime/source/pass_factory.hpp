// Begins passes: one shape per database.
#pragma once

#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// Begins the snapshot of a pass, which lasts until the next rollback. A pass that reads a
/// temporary copy begins none: the copy is its snapshot.
void begin_pass(odbc::connection& on, const model_description& model,
                const std::vector<std::string>& parts);

/// Begins reading `columns` (positions) of `model`, in the rows that `parts` (see wanted_rows)
/// select:
///
///   PostgreSQL  a cursor, fetched in pages, for each part; each row packed into one cell
///   MariaDB     all rows: pages by key where the table has one that orders exactly. Some rows, or
///               no such key: a temporary copy on the server, numbered, and pages by number. (For a
///               subset of rows, paging by key would scan the whole table.) The driver always
///               buffers whole results
///   SQLite      a statement, stepped, for each part; each row packed into one cell
///   others      a statement for each part; memory is what the driver makes of it
///
/// `on` must stay connected and otherwise unused while the stream lives. REQUIRES: `begin_pass`.
row_pass open_pass(odbc::connection& on, const model_description& model,
                   const std::vector<std::size_t>& columns, const std::vector<std::string>& parts);

}  // namespace sluice::source
