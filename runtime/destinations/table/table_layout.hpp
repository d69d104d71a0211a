// How the rows of a run fit into the columns of a table.
#pragma once

#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/identity_rule.hpp"
#include "messages/run.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/destinations/table/target_table.hpp"

namespace sluice::destinations {

/// A value for a column, in the form that the column takes.
struct assigned_value {
  std::size_t column = 0;  ///< position in the layout
  value_kind kind = value_kind::null;
  std::string bytes;

  [[nodiscard]] value_view value() const { return {kind, bytes}; }
};

struct table_layout {
  std::string table;                   ///< quoted
  std::vector<target_column> columns;  ///< one for each field, in their order
  /// Positions in `columns`, in the order of row_schema::keys; none in mode append.
  std::vector<std::size_t> keys;
  /// How the table identifies rows; by their packed keys in mode append.
  identity_rule identity;
  /// Unique indexes beside the key: a row may collide with a row of another key.
  std::vector<unique_key> other_keys;
  sync_mode mode = sync_mode::upsert;     ///< decides how rows are written: see table_writer::write
  std::vector<assigned_value> on_delete;  ///< set by a delete; none: a delete removes the row
  /// Facts that the user should know although nothing is refused.
  std::vector<std::string> warnings;

  [[nodiscard]] bool is_key(std::size_t column) const;
};

/// The column that a field goes to: its path joined by dots.
std::string column_name(const field& f);

/// Positions in `schema.fields` of the fields that copy the key columns unchanged, in the order of
/// `schema.keys`. Throws `failure` (invalid_config) naming a key column that no field carries.
/// Pure.
std::vector<std::size_t> key_fields(const row_schema& schema);

/// Matches fields with columns. Throws `failure` (destination_failed) with everything that does not
/// fit: columns that are missing (with the nearest name), generated, or of a type that cannot hold
/// the field or the value that `on_delete` sets; if rows may be inserted, columns that must have a
/// value and get none; if rows are found by key, no unique index over the key; in mode update,
/// nothing to update. Pure.
table_layout lay_out(const delivery_context& run, const target_table& table, odbc::product product);

}  // namespace sluice::destinations
