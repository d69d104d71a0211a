#include "runtime/source/describe_mariadb.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"

namespace sluice::source {
namespace {

/// `'text'` for any bytes: a hexadecimal literal leaves nothing to escape.
std::string text_literal(std::string_view text) {
  return page_literal({.expression = {},
                       .form = page_key::literal::text,
                       .character_set = "utf8mb4",
                       .collation = "utf8mb4_general_ci"},
                      text);
}

struct table_name {
  std::string schema;  ///< SQL for the schema's name
  std::string table;
};

table_name name_of(std::string_view qualified) {
  const auto parts = odbc::split_qualified_name(qualified);
  return {parts.size() > 1 ? text_literal(parts[parts.size() - 2]) : "DATABASE()",
          text_literal(parts.back())};
}

/// Columns whose CHECK is the one that MariaDB gives to the type JSON, an alias of longtext.
std::set<std::string> json_columns(odbc::connection& on, std::string_view table) {
  const auto [schema, name] = name_of(table);
  std::set<std::string> found;
  const auto rows = on.query(
      "SELECT constraint_name, check_clause FROM information_schema.check_constraints "
      "WHERE constraint_schema = " +
      schema + " AND table_name = " + name);
  for (const auto& row : rows) {
    if (row[1] == "json_valid(" + on.quote_identifier(row[0].value_or("?")) + ")")
      found.insert(*row[0]);
  }
  return found;
}

/// Type by column, from SHOW COLUMNS.
std::map<std::string, std::string> shown_types(odbc::connection& on, const std::string& table) {
  std::map<std::string, std::string> types;
  for (const auto& row : on.query("SHOW COLUMNS FROM " + table))
    types[row[0].value_or("")] = row[1].value_or("");
  return types;
}

std::map<std::string, std::string> query_types(odbc::connection& on, const std::string& query) {
  const std::string create = "CREATE TEMPORARY TABLE sluice_types AS ";
  constexpr int syntax_error = 1064;
  try {
    on.execute(create + "(\n" + query + "\n) LIMIT 0");
  } catch (const odbc::odbc_error& e) {
    if (e.info().native != syntax_error) throw;
    // WITH cannot stand there, but as a derived table, which has a price: MariaDB evaluates one of
    // a single row while it plans.
    on.execute(create + "SELECT * FROM " + query_relation(query) + " LIMIT 0");
  }
  auto types = shown_types(on, "sluice_types");
  on.execute("DROP TEMPORARY TABLE sluice_types");
  return types;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<column_plan> describe_mariadb(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const std::string& query,
                                          const std::vector<odbc::column_info>& columns) {
  const auto types = table ? shown_types(on, on.quote_table(*table)) : query_types(on, query);
  const auto json = table ? json_columns(on, *table) : std::set<std::string>{};
  std::vector<column_plan> plans;
  for (const auto& column : columns) {
    const auto type = types.find(column.name);
    plans.push_back(plan_mariadb(column.name, type == types.end() ? column.type_name : type->second,
                                 json.contains(column.name)));
  }
  return plans;
}

std::vector<page_key> mariadb_page_order(odbc::connection& on, std::string_view table) {
  const auto [schema, name] = name_of(table);
  const auto where = " WHERE table_schema = " + schema + " AND table_name = " + name;
  const auto engine = on.query("SELECT engine FROM information_schema.tables" + where +
                               " AND table_type = 'BASE TABLE'");
  if (engine.empty() || engine[0][0] != "InnoDB") return {};
  const auto rows = on.query(
      "SELECT s.column_name, s.sub_part, c.data_type, c.character_set_name, c.collation_name "
      "FROM information_schema.statistics AS s JOIN information_schema.columns AS c "
      "ON c.table_schema = s.table_schema AND c.table_name = s.table_name "
      "AND c.column_name = s.column_name WHERE s.table_schema = " +
      schema + " AND s.table_name = " + name +
      " AND s.index_name = 'PRIMARY' ORDER BY s.seq_in_index");
  std::vector<page_key> order;
  for (const auto& row : rows) {
    if (row[1]) return {};  // only a prefix of the column is unique
    const auto type = row[2].value_or("");
    page_key key{.expression =
                     std::string(model_alias) + "." + on.quote_identifier(row[0].value_or(""))};
    if (one_of(type, {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal"})) {
      key.form = page_key::literal::number;
    } else if (one_of(type, {"char", "varchar"}) && row[3] && row[4]) {
      key.form = page_key::literal::text;
      key.character_set = *row[3];
      key.collation = *row[4];
    } else if (one_of(type, {"binary", "varbinary"})) {
      key.form = page_key::literal::binary;
    } else {
      return {};  // dates, floats, enums, uuids: what a literal compares as is not certain
    }
    order.push_back(std::move(key));
  }
  return order;
}

}  // namespace sluice::source
