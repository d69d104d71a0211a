// Reads a model: one consistent pass over a table or a query, row by row, in bounded memory.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "messages/row.hpp"
#include "runtime/config/config.hpp"
#include "runtime/source/model_column.hpp"

namespace sluice::source {

/// What `next` found.
enum class read_result : std::uint8_t {
  row,
  invalid_row,  ///< some cell cannot be represented; `invalid_reason` says why. The pass goes on
  end,          ///< the pass is complete: every row of the snapshot was returned
};

/// One pass. Used by one thread; only the stop token may be requested from elsewhere. (Inside, rows
/// are fetched ahead by a thread of its own.)
///
/// Errors are `failure` (source_failed) naming connection and object with a hint, or (cancelled)
/// once the stop token was requested: an interrupted pass never looks like its end.
class model_reader {
 public:
  virtual ~model_reader() = default;

  /// The model's columns, exact types included; known after construction.
  [[nodiscard]] virtual const std::vector<model_column>& columns() const = 0;
  /// Begins the pass: from here on the source is read in one consistent snapshot. Only `wanted`
  /// columns (positions in `columns`) are fetched.
  virtual void begin(const std::vector<std::size_t>& wanted) = 0;
  virtual read_result next() = 0;
  /// Canonical values of the current row in the order of `wanted`; valid until the next call.
  [[nodiscard]] virtual const std::vector<value_view>& values() const = 0;
  /// After `invalid_row`: what is wrong, with the names of the columns.
  [[nodiscard]] virtual const std::string& invalid_reason() const = 0;
  /// After `invalid_row`: positions in `wanted` of the cells that cannot be represented. The other
  /// values are good (null stands at these), so a row whose key is whole is still known to exist.
  [[nodiscard]] virtual const std::vector<std::size_t>& invalid_cells() const = 0;

  /// Ends a pass that is not complete, within the time that interrupting its driver takes: when it
  /// returns the source is no longer read. Only destruction may follow. Nothing after the end.
  virtual void halt() = 0;
};

/// Connects and describes the model. `connection` names it in errors.
std::unique_ptr<model_reader> open_model(const std::string& connection,
                                         const config::source_config& source, std::stop_token stop);

}  // namespace sluice::source
