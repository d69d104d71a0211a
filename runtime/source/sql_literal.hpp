// Values as literals that a database compares with a column as it compares its own values. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/row.hpp"
#include "runtime/odbc/diagnostics.hpp"
#include "runtime/source/column_plan.hpp"

namespace sluice::source {

/// The expression that prints a value of `plan` for `cursor_literal`, exactly. SQLite, where each
/// value has its own type, prints the literal.
std::string cursor_text(odbc::product kind, const column_plan& plan);

/// A value that `cursor_text` printed, as a literal. Nothing if the database might read every
/// literal as another value: where a database's rules for strings are not known, only numbers,
/// dates and plain texts are certain (see `key_literals`).
std::optional<std::string> cursor_literal(odbc::product kind, const column_plan& plan,
                                          std::string_view printed);

/// The printed date or point in time, made earlier by at least `by` (a whole number of seconds or
/// days); nothing if `printed` is neither, or the result lies outside the years 1 to 9999.
std::optional<std::string> earlier(odbc::product kind, std::string_view printed,
                                   std::chrono::milliseconds by);

/// The expression that a key's literals are compared with: the column, in SQLite without regard to
/// case where different spellings are read as one value.
std::string key_column(odbc::product kind, const column_plan& plan);

/// Literals for a value of a key, one of which equals the stored value. There are several where
/// different stored values are read as one: SQLite keeps a date in the spelling in which it was
/// written.
///
/// None where no literal is certain. A `\` or a `'` in a text ends a literal in one database and
/// not in another: where the rules are not known, a key must not become a piece of SQL. There a
/// text becomes a literal only if it is ASCII without these two, without control characters and
/// without the signs that drivers look for (`?`, `{`, `}`). Times are written as in standard SQL: a
/// database that does not know that form reports an error. REQUIRES: not NULL.
std::vector<std::string> key_literals(odbc::product kind, const column_plan& plan,
                                      value_view value);

}  // namespace sluice::source
