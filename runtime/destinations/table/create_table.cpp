#include "runtime/destinations/table/create_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/destinations/table/created_type.hpp"
#include "runtime/destinations/table/table_layout.hpp"

namespace sluice::destinations {

created_table create_table_sql(const odbc::connection& connection, const std::string& table,
                               const delivery_context& run) {
  const auto& fields = run.schema.fields;
  const auto keys =
      run.mode == sync_mode::append ? std::vector<std::size_t>{} : key_fields(run.schema);
  const auto types = created_types(connection.kind(), fields, keys);
  created_table out;
  std::vector<std::string> parts, key_names;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto name = column_name(fields[i]);
    const bool in_key = std::find(keys.begin(), keys.end(), i) != keys.end();
    parts.push_back(fmt::format("{} {}{}", connection.quote_identifier(name), types[i].sql,
                                in_key ? " NOT NULL" : ""));
    if (!types[i].lacks.empty())
      out.warnings.push_back(
          fmt::format("the column '{}' of '{}' is {}: it holds no value of {}, as '{}' may have",
                      name, table, types[i].sql, types[i].lacks, fields[i].declared));
  }
  for (const auto i : keys)
    key_names.push_back(connection.quote_identifier(column_name(fields[i])));
  if (!keys.empty()) parts.push_back(fmt::format("PRIMARY KEY ({})", fmt::join(key_names, ", ")));
  out.sql = fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", connection.quote_table(table),
                        fmt::join(parts, ", "));
  return out;
}

std::vector<std::string> create_table(odbc::connection& connection, const std::string& table,
                                      const delivery_context& run) {
  auto made = create_table_sql(connection, table, run);
  try {
    connection.execute(made.sql);
  } catch (const odbc::odbc_error& e) {
    // PostgreSQL's IF NOT EXISTS still fails on its catalogue's unique index when two sessions
    // create at the same time; then the other one has made the table.
    if (connection.lost() || e.info().kind == odbc::error_class::interrupted) throw;
    if (!describe_table(connection, table)) throw;
  }
  return std::move(made.warnings);
}

}  // namespace sluice::destinations
