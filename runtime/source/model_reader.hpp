// Reads a model: one consistent pass over a table or a query, row by row, in bounded memory.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "messages/row.hpp"
#include "runtime/config/config.hpp"
#include "runtime/source/model_column.hpp"
#include "runtime/source/row_hashes.hpp"
#include "runtime/source/starting_point.hpp"

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
  /// The meaning of a cursor value in this model, as a text to compare: column, types, filter. A
  /// value that was reached under another text must not be used. Empty without a cursor.
  [[nodiscard]] virtual const std::string& cursor() const = 0;

  /// The packed key of the row that a JSON object names: see runtime/source/chosen_key.hpp.
  [[nodiscard]] virtual std::string packed_key(std::string_view json) const = 0;

  /// Begins a pass over every row.
  void begin(const std::vector<std::size_t>& wanted) { begin(wanted, {}); }
  /// Begins the pass: from here on the source is read in one consistent snapshot. Only `wanted`
  /// columns (positions in `columns`) are fetched, and only rows that `from` does not leave out. A
  /// row whose cursor is NULL is always fetched, and is invalid: no pass could see that the row has
  /// changed. REQUIRES: `from` leaves nothing out, or its cursor was reached under `cursor()`.
  virtual void begin(const std::vector<std::size_t>& wanted, const starting_point& from) = 0;
  /// With a cursor, after `begin`: the value that a later pass may start from, exactly as the
  /// database printed it. The highest one in the snapshot; `from`'s if no row lies at or past it,
  /// and nothing if there was none either.
  [[nodiscard]] virtual const std::optional<std::string>& reached() const = 0;
  virtual read_result next() = 0;
  /// Canonical values of the current row in the order of `wanted`; valid until the next call.
  [[nodiscard]] virtual const std::vector<value_view>& values() const = 0;
  /// After `invalid_row`: what is wrong, with the names of the columns.
  [[nodiscard]] virtual const std::string& invalid_reason() const = 0;
  /// After `invalid_row`: positions in `wanted` of the cells that cannot be represented, whose
  /// values are null. The other values are good, so a row with a whole key is still known to exist.
  [[nodiscard]] virtual const std::vector<std::size_t>& invalid_cells() const = 0;

  // -- digests, where the configuration asks for them ---------------------------------------------

  /// Begins a pass over `wanted` columns, as `begin` does, but reads no row yet: digests are asked
  /// for first. Returns what the hashes are made of, as a text to compare: hashes that were made
  /// under another one mean nothing. `begin` goes on in the same snapshot, where the database has
  /// one for both.
  virtual std::string begin_digests(const std::vector<std::size_t>& wanted);
  /// The digests of the buckets (2^bits in all) that have rows, in ascending order; only of rows
  /// in the buckets of `within`, unless it has no bits. REQUIRES: `begin_digests`, and no `begin`
  /// since; `bits` <= most_bucket_bits, and not fewer than those of `within`.
  virtual std::vector<bucket_digest> digests(unsigned bits, const bucket_set& within);
  [[nodiscard]] virtual combination combined_by() const { return combination::sum; }
  /// Of the current row, if the starting point asked for hashes; nothing where the database could
  /// not hash its key.
  [[nodiscard]] virtual const std::optional<row_hashes>& hashes() const;

  /// What has come over the wire since the object was made.
  [[nodiscard]] virtual fetched so_far() const { return {}; }

  /// Ends a pass that is not complete, in the time that it takes to interrupt the driver: on return
  /// the source is no longer read. Only destruction may follow. Does nothing after the end of the
  /// pass.
  virtual void halt() = 0;
};

/// Connects and describes the model. `connection` names it in errors.
std::unique_ptr<model_reader> open_model(const std::string& connection,
                                         const config::source_config& source, std::stop_token stop);

}  // namespace sluice::source
