#include "runtime/source/model_description.hpp"

#include <map>
#include <set>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"
#include "runtime/source/describe_mariadb.hpp"
#include "runtime/source/sql_text.hpp"

namespace sluice::source {
namespace {

using odbc::product;

/// The columns as the driver reports them, without reading a row.
std::vector<odbc::column_info> reported_columns(odbc::connection& on, const std::string& relation) {
  return on.open_cursor("SELECT * FROM " + relation + " WHERE 1 = 0").columns();
}

/// Two columns of one name could not be told apart in a mapping, nor in SQL. SQLite calls the
/// second `a` of a query `a:1` instead; MariaDB refuses it by itself.
void refuse_equal_names(const std::vector<odbc::column_info>& columns, product kind) {
  std::set<std::string_view> seen;
  for (const auto& column : columns) {
    std::string_view name = column.name;
    const auto colon = name.rfind(':');
    const bool renamed =
        kind == product::sqlite && colon != std::string_view::npos &&
        name.find_first_not_of("0123456789", colon + 1) == std::string_view::npos &&
        seen.contains(name.substr(0, colon));
    if (renamed) name = name.substr(0, colon);
    if (!seen.insert(name).second)
      throw odbc::odbc_error(
          odbc::error_class::permanent,
          "the model has more than one column named '" + std::string(name) + "'");
  }
}

// -- PostgreSQL -----------------------------------------------------------------------------------

/// The driver says "unknown" for json, arrays and others: pg_typeof knows, and domains are followed
/// to their base types.
std::vector<column_plan> describe_postgresql(odbc::connection& on, const std::string& relation,
                                             const std::vector<odbc::column_info>& columns) {
  std::string types;
  for (const auto& column : columns) {
    if (!types.empty()) types += ", ";
    types += "pg_catalog.pg_typeof(q." + on.quote_identifier(column.name) + ")::oid";
  }
  const auto rows = on.query(
      "WITH RECURSIVE base(position, type) AS (SELECT u.position, u.type FROM (SELECT ARRAY[" +
      types + "] AS types FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM " + relation +
      " LIMIT 0) AS q ON true) AS d, unnest(d.types) WITH ORDINALITY AS u(type, position)"
      " UNION ALL SELECT base.position, t.typbasetype FROM base JOIN pg_catalog.pg_type AS t"
      " ON t.oid = base.type WHERE t.typtype = 'd')"
      " SELECT t.typname FROM base JOIN pg_catalog.pg_type AS t ON t.oid = base.type"
      " WHERE t.typtype <> 'd' ORDER BY base.position");
  std::vector<column_plan> plans;
  for (std::size_t i = 0; i < columns.size(); ++i)
    plans.push_back(plan_postgresql(columns[i].name, rows.at(i).at(0).value_or("")));
  return plans;
}

// -- SQLite ---------------------------------------------------------------------------------------

/// Declared types of a table or view: the rows of PRAGMA table_xinfo (cid, name, type, notnull,
/// default, pk, hidden) by name.
struct declared {
  std::string type;
  bool rowid = false;
};
std::map<std::string, declared> declared_columns(odbc::connection& on, const std::string& schema,
                                                 const std::string& table) {
  const auto quoted = on.quote_identifier(table);
  const auto rows = on.query("PRAGMA " + (schema.empty() ? "" : on.quote_identifier(schema) + ".") +
                             "table_xinfo(" + quoted + ")");
  std::map<std::string, declared> found;
  std::size_t key_columns = 0;
  for (const auto& row : rows) key_columns += row[5].value_or("0") != "0";
  // INTEGER PRIMARY KEY is the rowid, unless the table has none or the key is declared DESC, which
  // only the column's index would tell. A rowid table's key has no index of its own.
  const bool has_index =
      !on.query("PRAGMA " + (schema.empty() ? "" : on.quote_identifier(schema) + ".") +
                "index_list(" + quoted + ")")
           .empty();
  for (const auto& row : rows) {
    const auto type = row[2].value_or("");
    const bool rowid = key_columns == 1 && row[5].value_or("0") != "0" && !has_index &&
                       odbc::lower(type) == "integer";
    found[*row[1]] = {type, rowid};
  }
  return found;
}

std::vector<column_plan> describe_sqlite(odbc::connection& on, const config::source_config& source,
                                         const std::string& relation,
                                         const std::vector<odbc::column_info>& columns) {
  std::map<std::string, declared> types;
  if (source.table) {
    const auto parts = odbc::split_qualified_name(*source.table);
    types = declared_columns(on, parts.size() > 1 ? parts.front() : "", parts.back());
  } else {
    // A view knows the declared types of the columns that its query passes through.
    on.execute("CREATE TEMP VIEW sluice_types AS SELECT * FROM " + relation);
    types = declared_columns(on, "temp", "sluice_types");
    on.execute("DROP VIEW temp.sluice_types");
  }
  std::vector<column_plan> plans;
  for (const auto& column : columns) {
    const auto& [type, rowid] = types[column.name];
    plans.push_back(plan_sqlite(column.name, type, rowid && source.table));
  }
  return plans;
}

}  // namespace

model_description describe_model(odbc::connection& on, const config::source_config& source) {
  model_description model;
  model.relation = source.table
                       ? table_relation(on.quote_table(*source.table))
                       : query_relation(single_statement(source.query.value_or(""), on.kind()));
  const auto columns = reported_columns(on, model.relation);
  refuse_equal_names(columns, on.kind());
  switch (on.kind()) {
    case product::postgresql:
      model.columns = describe_postgresql(on, model.relation, columns);
      break;
    case product::mariadb:
      model.columns = describe_mariadb(on, source, model.relation, columns);
      if (source.table) model.page_order = mariadb_page_order(on, *source.table);
      break;
    case product::sqlite:
      model.columns = describe_sqlite(on, source, model.relation, columns);
      break;
    case product::generic:
      for (const auto& column : columns)
        model.columns.push_back(plan_generic(column, on.quote_identifier("x").front()));
      break;
  }
  return model;
}

}  // namespace sluice::source
