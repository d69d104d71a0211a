// One pass over the rows of a model in bounded memory: the interface of every database's stream.
#pragma once

#include <memory>
#include <span>

#include "runtime/source/canonical.hpp"

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

/// Splits fetched rows into cells. Pure; one thread at a time, which need not be the stream's.
class row_decoder {
 public:
  virtual ~row_decoder() = default;
  /// The cells of the columns asked for, in their order; views into `fetched` or into the decoder,
  /// valid until the next call. Throws odbc_error (permanent) on bytes that the database cannot
  /// have sent.
  virtual std::span<const raw_cell> decode(std::span<const raw_cell> fetched) = 0;
};

/// The two ends of a pass.
struct row_pass {
  std::unique_ptr<row_stream> rows;
  std::unique_ptr<row_decoder> decoder;  ///< null: fetched cells are the columns' cells
};

}  // namespace sluice::source
