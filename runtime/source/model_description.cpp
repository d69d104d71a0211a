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

/// Two columns of one name could be told apart neither in a mapping nor in SQL.
void refuse_equal_names(const std::vector<odbc::column_info>& columns) {
  std::set<std::string_view> seen;
  for (const auto& column : columns) {
    if (!seen.insert(column.name).second)
      throw odbc::odbc_error(odbc::error_class::permanent,
                             "the model has more than one column named '" + column.name + "'");
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
  std::string query;  // one statement; empty for a table
  std::vector<odbc::column_info> columns;
  if (source.table) {
    model.relation = table_relation(on.quote_table(*source.table));
    columns = on.describe("SELECT * FROM " + model.relation);
  } else {
    // As the user wrote it, so that errors speak of it: inside another query SQLite renames
    // columns.
    query = single_statement(source.query.value_or(""), on.kind());
    model.relation = query_relation(query);
    columns = on.describe(query);
  }
  if (columns.empty()) {
    // Some drivers prepare anything. Where a query belongs, the database says what is wrong with
    // it.
    on.execute("SELECT * FROM " + model.relation + " WHERE 1 = 0");
    throw odbc::odbc_error(odbc::error_class::permanent, "the query gives no columns");
  }
  refuse_equal_names(columns);
  switch (on.kind()) {
    case product::postgresql:
      model.columns = describe_postgresql(on, model.relation, columns);
      break;
    case product::mariadb:
      model.columns = describe_mariadb(on, source.table, query, columns);
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
