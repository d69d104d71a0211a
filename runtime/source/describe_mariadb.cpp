#include "runtime/source/describe_mariadb.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

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

/// What SHOW FULL COLUMNS says of a column.
struct shown_column {
  std::string name;
  mariadb_type type;
};

std::vector<shown_column> shown_columns(odbc::connection& on, const std::string& table) {
  std::vector<shown_column> columns;
  for (const auto& row : on.query("SHOW FULL COLUMNS FROM " + table))
    columns.push_back({row[0].value_or(""), {row[1].value_or(""), row[2].value_or("")}});
  return columns;
}

/// The columns that an empty temporary table made from `select` has.
std::vector<shown_column> made_columns(odbc::connection& on, const std::string& select) {
  on.execute("SET SESSION TRANSACTION READ WRITE");  // the server's default may be READ ONLY
  // Aria has the widest limits: an InnoDB table ends at 1,017 columns and 8 KB.
  on.execute("CREATE OR REPLACE TEMPORARY TABLE sluice_types ENGINE=Aria TRANSACTIONAL=0 AS " +
             select + " LIMIT 0");
  auto columns = shown_columns(on, "sluice_types");
  on.execute("DROP TEMPORARY TABLE sluice_types");
  return columns;
}

/// Whether MariaDB refused this table for a reason that another table may not have.
bool is_refusal(const odbc::diagnostic& what) {
  return what.kind == odbc::error_class::permanent || what.kind == odbc::error_class::row;
}

/// The types of `columns` of `relation`, appended to `types`. A table that would be too wide is
/// made in halves.
void add_types(odbc::connection& on, const std::string& relation,
               std::span<const odbc::column_info> columns, std::vector<mariadb_type>& types) {
  std::vector<std::string> selected;
  for (std::size_t i = 0; i < columns.size(); ++i)
    selected.push_back(std::string(model_alias) + "." + on.quote_identifier(columns[i].name) +
                       " AS c" + std::to_string(i));
  try {
    for (auto& made : made_columns(on, "SELECT " + joined(selected, ", ") + " FROM " + relation))
      types.push_back(std::move(made.type));
  } catch (const odbc::odbc_error& e) {
    constexpr int row_too_large = 1118, too_many_columns = 1117;
    const bool too_wide = e.info().native == row_too_large || e.info().native == too_many_columns;
    if (!too_wide || columns.size() == 1) throw;
    const auto half = columns.size() / 2;
    add_types(on, relation, columns.first(half), types);
    add_types(on, relation, columns.subspan(half), types);
  }
}

/// The types of a query's columns. The table is made from the query itself if possible. A derived
/// table is always possible (also with WITH, and with names that no table may have), but has a
/// price: MariaDB evaluates a derived table of a single row while it plans.
std::vector<mariadb_type> query_types(odbc::connection& on, const placed_query& query,
                                      const std::vector<odbc::column_info>& columns) {
  std::vector<mariadb_type> types;
  try {
    for (auto& made : made_columns(on, "(\n" + query.text + "\n)"))
      types.push_back(std::move(made.type));
  } catch (const odbc::odbc_error& e) {
    if (!is_refusal(e.info())) throw;
    add_types(on, query.relation, columns, types);
  }
  return types;
}

std::vector<mariadb_type> table_types(odbc::connection& on, const std::string& table,
                                      const std::vector<odbc::column_info>& columns) {
  std::map<std::string, mariadb_type> shown;  // invisible columns too
  for (auto& column : shown_columns(on, table)) shown[column.name] = std::move(column.type);
  std::vector<mariadb_type> types;
  for (const auto& column : columns) types.push_back(shown[column.name]);
  return types;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<column_plan> describe_mariadb(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const placed_query& query,
                                          const std::vector<odbc::column_info>& columns) {
  const auto types =
      table ? table_types(on, on.quote_table(*table), columns) : query_types(on, query, columns);
  const auto json = table ? json_columns(on, *table) : std::set<std::string>{};
  std::vector<column_plan> plans;
  for (std::size_t i = 0; i < columns.size(); ++i)
    plans.push_back(plan_mariadb(columns[i].name, types.at(i), json.contains(columns[i].name)));
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
      return {};  // dates, floats, enums, uuids: how a literal compares is not certain
    }
    order.push_back(std::move(key));
  }
  return order;
}

}  // namespace sluice::source
