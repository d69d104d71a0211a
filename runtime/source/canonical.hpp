// Turns a driver's values into the canonical texts of messages/row.hpp. Pure; allocates nothing for
// ordinary values.
#pragma once

#include <array>
#include <string_view>

#include "messages/row.hpp"
#include "runtime/source/column_plan.hpp"

namespace sluice::source {

/// Room for the canonical text of a value that differs from the raw one. Lives as long as the
/// value.
using scratch = std::array<char, 64>;

/// A raw cell, as a row stream delivers it.
struct raw_cell {
  /// Null; text: by the column's plan; else the value's own type.
  value_kind kind = value_kind::null;
  std::string_view bytes;
  bool too_large = false;  ///< past odbc::statement::max_cell_bytes: `bytes` is empty
};

/// Writes the canonical value of a cell that has its column's type (PostgreSQL, MariaDB, others).
/// Returns null, or why the cell has no canonical value: "is not valid UTF-8". `bytes` must outlive
/// `out`.
const char* to_canonical(const column_plan& plan, std::string_view bytes, scratch& room,
                         value_view& out);

/// The same for SQLite, where each value has its own type: a value that does not fit its column's
/// declared type keeps its own. Only malformed JSON in a JSON column has no canonical value.
const char* to_canonical_dynamic(const column_plan& plan, const raw_cell& cell, scratch& room,
                                 value_view& out);

bool is_valid_utf8(std::string_view text);

}  // namespace sluice::source
