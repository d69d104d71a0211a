#include "runtime/source/model_description.hpp"

#include <algorithm>
#include <set>

#include "runtime/config/suggestion.hpp"
#include "runtime/config/text_hash.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"
#include "runtime/source/describe_mariadb.hpp"
#include "runtime/source/describe_sqlite.hpp"
#include "runtime/source/sql_text.hpp"

namespace sluice::source {
namespace {

using odbc::product;

/// Neither a mapping nor SQL could distinguish two columns of one name.
void refuse_equal_names(const std::vector<odbc::column_info>& columns) {
  std::set<std::string_view> seen;
  for (const auto& column : columns) {
    if (!seen.insert(column.name).second)
      throw odbc::odbc_error(odbc::error_class::permanent,
                             "the model has more than one column named '" + column.name + "'");
  }
}

// -- PostgreSQL -----------------------------------------------------------------------------------

/// `'text'`, given standard_conforming_strings.
std::string string_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

/// The driver says "unknown" for json, arrays and others, so pg_typeof is asked. Lengths and digits
/// are known for the table's columns, not for a query's expressions; a domain has those of its base
/// type.
std::vector<column_plan> describe_postgresql(odbc::connection& on,
                                             const std::optional<std::string>& table,
                                             const std::string& relation,
                                             const std::vector<odbc::column_info>& columns) {
  std::vector<std::string> types, names;
  for (const auto& column : columns) {
    types.push_back("pg_catalog.pg_typeof(q." + on.quote_identifier(column.name) + ")::oid");
    names.push_back(string_literal(column.name));
  }
  const std::string modifiers =
      !table ? "-1"
             : "COALESCE((SELECT a.atttypmod FROM pg_catalog.pg_attribute AS a"
               " WHERE a.attrelid = " +
                   string_literal(on.quote_table(*table)) +
                   "::pg_catalog.regclass AND a.attname = u.name), -1)";
  const auto rows =
      on.query("WITH RECURSIVE base(position, type, modifier) AS (SELECT u.position, u.type, " +
               modifiers + " FROM (SELECT ARRAY[" + joined(types, ", ") +
               "] AS types FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM " + relation +
               " LIMIT 0) AS q ON true) AS d, unnest(d.types, ARRAY[" + joined(names, ", ") +
               "]::name[]) WITH ORDINALITY AS u(type, name, position)"
               " UNION ALL SELECT base.position, t.typbasetype, t.typtypmod FROM base"
               " JOIN pg_catalog.pg_type AS t ON t.oid = base.type WHERE t.typtype = 'd')"
               " SELECT CASE WHEN t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace"
               " THEN t.typname END, pg_catalog.format_type(t.oid, base.modifier)"
               " FROM base JOIN pg_catalog.pg_type AS t ON t.oid = base.type"
               " WHERE t.typtype <> 'd' ORDER BY base.position");
  std::vector<column_plan> plans;
  for (std::size_t i = 0; i < columns.size(); ++i)
    plans.push_back(plan_postgresql(columns[i].name, {.type = rows.at(i).at(0).value_or(""),
                                                      .declared = rows[i].at(1).value_or("")}));
  return plans;
}

// -- the cursor -----------------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& why) {
  throw odbc::odbc_error(odbc::error_class::permanent, why);
}

std::optional<std::size_t> position_of(const std::vector<column_plan>& columns,
                                       const std::string& name) {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string missing_column(const std::vector<column_plan>& columns, const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& column : columns) known.emplace_back(column.name);
  auto text = "the cursor column '" + name + "' does not exist";
  if (const auto near = config::nearest(name, known))
    text += ", nearest is '" + std::string(*near) + "'";
  return text;
}

/// Some PostgreSQL types that are read as text have no order (xml, point), so the server is asked.
void check_order(odbc::connection& on, const model_description& model, const column_plan& cursor) {
  constexpr std::string_view undefined_function = "42883";
  try {
    static_cast<void>(on.describe("SELECT 1 FROM " + model.relation + " WHERE " + cursor.column +
                                  " >= " + cursor.column + " ORDER BY " + cursor.column));
  } catch (const odbc::odbc_error& e) {
    if (e.info().state != undefined_function) throw;
    refuse("the cursor column '" + cursor.name + "' has no order: " + e.info().message);
  }
}

void find_cursor(odbc::connection& on, model_description& model,
                 const config::source_config& source) {
  const auto& wanted = *source.cursor;
  model.cursor = position_of(model.columns, wanted.column);
  if (!model.cursor) refuse(missing_column(model.columns, wanted.column));
  const auto& plan = model.columns[*model.cursor];
  const auto kind = std::string(to_string(plan.kind));
  if (!plan.ordered)
    refuse("the cursor column '" + plan.name + "' has no order that values grow in: its type is " +
           kind);
  if (on.kind() == product::postgresql) check_order(on, model, plan);
  const bool dated = plan.kind == value_kind::date || plan.kind == value_kind::timestamp ||
                     plan.kind == value_kind::timestamp_tz ||
                     // SQLite often knows no type for a query's columns.
                     (on.kind() == product::sqlite && plan.kind == value_kind::text);
  if (wanted.overlap.count() > 0 && !dated)
    refuse("the cursor's overlap is a duration, and column '" + plan.name +
           "' no time: its type is " + kind);
  model.overlap = wanted.overlap;
  model.cursor_terms = wanted.column + " " + kind + ", key";
  for (const auto position : model.key)
    model.cursor_terms += " " + std::string(to_string(model.columns[position].kind));
  if (source.where) model.cursor_terms += ", where " + config::text_hash(*source.where);
}

/// `text` as a single statement; see single_statement.
std::string read_statement(odbc::connection& on, const std::string& text, std::string_view what) {
  auto meaning = backslash::escapes;
  if (on.kind() == product::mariadb && text.find('\\') != std::string::npos) {
    const auto rows = on.query("SELECT @@sql_mode LIKE '%NO_BACKSLASH_ESCAPES%'");
    if (rows.at(0).at(0) == "1") meaning = backslash::plain;
  }
  return single_statement(text, on.kind(), what, meaning);
}

/// What stands behind FROM for a table: its rows, or those that the filter lets through. The filter
/// stands in a query of its own, where the table has its own name.
std::string filtered_table(odbc::connection& on, const config::source_config& source) {
  const auto quoted = on.quote_table(*source.table);
  if (!source.where) return table_relation(quoted);
  return query_relation("SELECT * FROM " + quoted + " WHERE (\n" +
                        read_statement(on, *source.where, "the filter") + "\n)");
}

/// Whether the names identify the columns inside a statement. MariaDB takes many letters for equal;
/// only ASCII is examined.
bool can_be_named(product kind, const std::vector<odbc::column_info>& columns) {
  if (kind != product::mariadb && kind != product::sqlite) return true;
  std::set<std::string> seen;
  for (const auto& column : columns) {
    const auto& name = column.name;
    const bool ascii = std::all_of(name.begin(), name.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (name.empty() || !seen.insert(odbc::lower(name)).second) return false;
    if (kind == product::mariadb && !ascii) return false;
  }
  return true;
}

model_description described(odbc::connection& on, const config::source_config& source) {
  model_description model;
  std::string query;  // one statement; empty for a table
  std::vector<odbc::column_info> columns;
  if (source.table) {
    model.relation = filtered_table(on, source);
    columns = on.describe("SELECT * FROM " + model.relation);
  } else {
    // The query as the user wrote it, so that errors refer to that text: inside another query
    // SQLite renames columns.
    query = read_statement(on, source.query.value_or(""), "the query");
    model.relation = query_relation(query);
    columns = on.describe(query);
  }
  if (columns.empty()) {
    // Some drivers prepare any text. Run behind FROM, a wrong query is refused by the database,
    // with a reason.
    on.execute("SELECT * FROM " + model.relation + " WHERE 1 = 0");
    throw odbc::odbc_error(odbc::error_class::permanent, "the query gives no columns");
  }
  auto named = columns;  // as the relation names them
  std::vector<sqlite_column> stored;
  if (on.kind() == product::sqlite) {
    stored = sqlite_columns(on, source.table, model.relation);
    const auto names = real_names(stored, columns);
    for (std::size_t i = 0; i < names.size(); ++i) {
      columns[i].name = names[i].shown;
      named[i].name = names[i].in_relation;
    }
  }
  refuse_equal_names(columns);
  if (!(source.table && on.kind() == product::mariadb) && !can_be_named(on.kind(), named)) {
    model.relation =
        numbered_relation(source.table ? "SELECT * FROM " + model.relation : query, columns.size());
    for (std::size_t i = 0; i < named.size(); ++i) named[i].name = "c" + std::to_string(i);
  }
  switch (on.kind()) {
    case product::postgresql:
      model.columns = describe_postgresql(on, source.table, model.relation, named);
      break;
    case product::mariadb:
      model.columns =
          describe_mariadb(on, source.table, {.text = query, .relation = model.relation}, named);
      if (source.table) model.page_order = mariadb_page_order(on, *source.table);
      break;
    case product::sqlite:
      for (std::size_t i = 0; i < named.size(); ++i)
        model.columns.push_back(
            plan_sqlite(named[i].name, stored[i].type, stored[i].rowid && source.table));
      break;
    case product::generic:
      for (const auto& column : named)
        model.columns.push_back(plan_generic(column, on.quote_identifier("x").front()));
      break;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) model.columns[i].name = columns[i].name;
  for (const auto& name : source.key) {
    const auto position = position_of(model.columns, name);
    if (!position) {
      model.key.clear();
      break;
    }
    model.key.push_back(*position);
  }
  if (source.cursor) find_cursor(on, model, source);
  return model;
}

}  // namespace

model_description describe_model(odbc::connection& on, const config::source_config& source) {
  try {
    return described(on, source);
  } catch (const odbc::odbc_error& e) {
    const auto& text = source.table ? source.where : source.query;
    if (e.info().kind != odbc::error_class::permanent || !text ||
        !has_question_mark(*text, on.kind()))
      throw;
    auto what = e.info();
    what.message += "; a ? outside of quotes is a parameter to the driver";
    throw odbc::odbc_error(what);
  }
}

}  // namespace sluice::source
