// One pass over the rows of a model in bounded memory: one shape per database.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/canonical.hpp"
#include "runtime/source/model_description.hpp"

namespace sluice::source {

/// Fetches rows. One thread at a time. Throws odbc_error.
class row_stream {
 public:
  virtual ~row_stream() = default;
  /// The next row; false after the last one.
  virtual bool next() = 0;
  /// The current row as it travels: a cell per column, or several columns packed into one cell.
  /// Valid until `next`.
  [[nodiscard]] virtual std::span<const raw_cell> cells() const = 0;
};

/// Takes fetched rows apart. Pure; one thread at a time, which need not be the stream's.
class row_decoder {
 public:
  virtual ~row_decoder() = default;
  /// The cells of the columns asked for, in their order; views into `fetched` or into the decoder,
  /// valid until the next call. Throws odbc_error (permanent) on what the database cannot have
  /// sent.
  virtual std::span<const raw_cell> decode(std::span<const raw_cell> fetched) = 0;
};

/// The two ends of a pass.
struct row_pass {
  std::unique_ptr<row_stream> rows;
  std::unique_ptr<row_decoder> decoder;  ///< null: fetched cells are the columns' cells
};

/// Begins the snapshot of a pass, which lasts until the next rollback. A pass that reads a
/// temporary copy begins none: the copy is its snapshot.
void begin_pass(odbc::connection& on, const model_description& model,
                const std::vector<std::string>& parts);

/// Begins reading `columns` (positions) of `model`, of the rows that `parts` (see wanted_rows)
/// wants:
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
