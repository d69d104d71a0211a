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

/// A value that `cursor_text` printed, as a literal. Nothing where no literal is certain to be read
/// as this value and as nothing else: in a database whose rules for strings are not known, for all
/// but numbers, dates and plain texts (see `key_literals`).
std::optional<std::string> cursor_literal(odbc::product kind, const column_plan& plan,
                                          std::string_view printed);

/// A printed date or point in time, earlier by at least `by` (a whole number of seconds or days);
/// nothing if `printed` is neither, or lies outside the years 1 to 9999.
std::optional<std::string> earlier(odbc::product kind, std::string_view printed,
                                   std::chrono::milliseconds by);

/// What a key's values are compared with: the column, in SQLite without regard to case where
/// different spellings are read as one value.
std::string key_column(odbc::product kind, const column_plan& plan);

/// Literals for a value of a key, one of which equals what is stored. There are several where
/// different stored values are read as this one: SQLite keeps dates as the text they came as.
///
/// None where no literal is certain. A `\` or a `'` in a text ends a literal in one database and
/// not in another: where the rules are not known, a key must not become a piece of SQL. There only
/// ASCII without those, without control characters and without what drivers look for themselves
/// (`?`, `{`, `}`) is a literal, and times are those of standard SQL: a database that does not know
/// them says so. REQUIRES: not NULL.
std::vector<std::string> key_literals(odbc::product kind, const column_plan& plan,
                                      value_view value);

}  // namespace sluice::source
