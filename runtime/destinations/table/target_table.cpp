#include "runtime/destinations/table/target_table.hpp"

#include <algorithm>

#include "messages/ascii.hpp"
#include "runtime/destinations/table/catalogue.hpp"

namespace sluice::destinations {

const target_column* target_table::find(std::string_view column) const {
  for (const auto& c : columns)
    if (c.name == column) return &c;
  if (!ignores_case) return nullptr;
  for (const auto& c : columns)
    if (same_word(c.name, column)) return &c;
  return nullptr;
}

std::optional<target_table> describe_table(odbc::connection& connection, const std::string& name) {
  target_table table;
  table.name = name;
  table.sql_name = connection.quote_table(name);
  const auto describe = [&] {
    switch (connection.kind()) {
      case odbc::product::postgresql:
        return describe_postgresql(connection, table);
      case odbc::product::mariadb:
        return describe_mariadb(connection, table);
      case odbc::product::sqlite:
        return describe_sqlite(connection, table);
      case odbc::product::generic:
        break;
    }
    return describe_generic(connection, table);
  };
  if (!describe()) return std::nullopt;
  return table;
}

}  // namespace sluice::destinations
