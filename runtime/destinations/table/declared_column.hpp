// Reads from a column's declared type which values it can hold, and how it changes them. Pure.
#pragma once

#include <string_view>

#include "runtime/destinations/table/target_table.hpp"

namespace sluice::destinations {

/// `type`: the name of a base type as format_type writes it without a modifier. `modifier`: that of
/// the column or of its domain (pg_attribute.atttypmod, pg_type.typtypmod), -1 for none.
void read_postgresql_type(target_column& column, std::string_view type, int modifier);

/// `declared` and `collation` as SHOW FULL COLUMNS writes them; no collation: no text.
void read_mariadb_type(target_column& column, std::string_view declared,
                       std::string_view collation);

/// `strict`: of a STRICT table.
void read_sqlite_type(target_column& column, std::string_view declared, bool strict);

}  // namespace sluice::destinations
