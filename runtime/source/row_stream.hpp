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

/// Throws odbc_error.
class row_stream {
 public:
  virtual ~row_stream() = default;
  /// The next row; false after the last one.
  virtual bool next() = 0;
  /// Raw cells of the current row, in the order of the columns asked for; valid until `next`.
  [[nodiscard]] virtual std::span<const raw_cell> cells() const = 0;
};

/// Begins reading `columns` (positions) of `model` in a snapshot of its own:
///
///   PostgreSQL  a cursor, fetched in pages; each row packed into one cell
///   MariaDB     pages by key where the table has one that orders exactly; else a temporary copy on
///               the server, numbered, and pages by number. The driver always buffers whole results
///   SQLite      one statement, stepped; each row packed into one cell
///   others      one statement; memory is what the driver makes of it
///
/// `on` must stay connected and otherwise unused while the stream lives.
std::unique_ptr<row_stream> open_stream(odbc::connection& on, const model_description& model,
                                        const std::vector<std::size_t>& columns);

}  // namespace sluice::source
