#include "runtime/destinations/table/catalogue.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "messages/ascii.hpp"
#include "runtime/destinations/table/declared_column.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"

namespace sluice::destinations {
namespace {

/// `text` as an SQL string. Backslashes need no care: PostgreSQL and SQLite take them as they are,
/// and the one MariaDB statement that uses this passes no name.
std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

bool is_yes(const std::optional<std::string>& cell) { return cell == "1" || cell == "t"; }

int to_int(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void add_key_column(target_table& table, const std::string& key, const std::string& column) {
  const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                  [&](const unique_key& k) { return k.name == key; });
  if (found == table.keys.end()) {
    table.keys.push_back({key, {column}});
  } else {
    found->columns.push_back(column);
  }
}

/// Gives name, type, whether the column must have a value, has a default, is generated, and takes
/// different texts for equal; then the base type, its modifier, whether the column is an array of
/// it, and whether values travel as text: unnest splits a composite value into columns and an array
/// inside an array into rows, and an array of boxes has another delimiter.
///
/// format_type with -1: the name that a cast needs to accept every length (bpchar, not character,
/// which means character(1)). A domain is a name for a base type (`outermost`, if it is not one of
/// elements), perhaps through other domains; the outermost domain with a modifier sets the
/// modifier. The modifier of an array applies to its elements. int2vector is in the category of
/// arrays, but has a text of its own.
std::string postgresql_columns(const std::string& table_oid) {
  return "WITH RECURSIVE base(attnum, type, modifier, is_element, outermost) AS ("
         "SELECT attnum, atttypid, atttypmod, false, atttypid FROM pg_attribute WHERE attrelid = " +
         table_oid +
         " AND attnum > 0 AND NOT attisdropped "
         "UNION ALL SELECT b.attnum, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem "
         "END, "
         "CASE b.modifier WHEN -1 THEN t.typtypmod ELSE b.modifier END, "
         "b.is_element OR t.typtype <> 'd', "
         "CASE WHEN b.is_element OR t.typtype <> 'd' THEN b.outermost ELSE t.typbasetype END "
         "FROM base b JOIN pg_type t ON t.oid = b.type "
         "WHERE t.typtype = 'd' OR t.typoutput = 'array_out'::regproc) "
         "SELECT a.attname, format_type(a.atttypid, -1), a.attnotnull::int, "
         "(a.atthasdef OR a.attidentity <> '')::int, "
         "(a.attgenerated <> '' OR a.attidentity = 'a')::int, "
         "(coalesce(NOT co.collisdeterministic, false) OR t.typname = 'citext')::int, "
         "format_type(t.oid, -1), b.modifier, b.is_element::int, "
         "(o.typtype = 'c' OR o.typcategory = 'A' OR o.typdelim <> ',' OR o.typarray = 0)::int "
         "FROM pg_attribute a JOIN base b ON b.attnum = a.attnum JOIN pg_type t ON t.oid = b.type "
         "JOIN pg_type o ON o.oid = b.outermost "
         "LEFT JOIN pg_collation co ON co.oid = a.attcollation "
         "WHERE a.attrelid = " +
         table_oid +
         " AND t.typtype <> 'd' AND t.typoutput <> 'array_out'::regproc ORDER BY a.attnum";
}

/// Money has the signs and the digits of a locale (lc_monetary).
bool writes_dollars(odbc::connection& connection) {
  return connection.query("SELECT (-1234567.89)::numeric::money::text")[0][0] == "-$1,234,567.89";
}

}  // namespace

bool describe_postgresql(odbc::connection& connection, target_table& table) {
  const auto oid =
      connection.query("SELECT to_regclass(" + literal(table.sql_name) + ")::oid")[0][0];
  if (!oid) return false;
  for (const auto& row : connection.query(postgresql_columns(*oid))) {
    target_column c;
    c.name = row[0].value_or("");
    c.type = row[1].value_or("");
    c.nullable = !is_yes(row[2]);
    c.has_default = is_yes(row[3]);
    c.generated = is_yes(row[4]);
    c.folds_text = is_yes(row[5]);
    c.travels_as_text = is_yes(row[9]);
    auto base = c;
    read_postgresql_type(base, row[6].value_or(""), to_int(row[7].value_or("-1")));
    if (base.family == column_family::money && writes_dollars(connection)) base.scale = 2;
    if (!is_yes(row[8])) {
      c = std::move(base);
    } else if (base.family != column_family::binary) {
      c.element = std::make_shared<const target_column>(std::move(base));
    }
    table.columns.push_back(std::move(c));
  }
  // ON CONFLICT can use an index that is valid, immediate and whole.
  const auto keys = connection.query(
      "SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i "
      "CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, n) "
      "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
      "WHERE i.indrelid = " +
      *oid +
      " AND i.indisunique AND i.indisvalid AND i.indimmediate "
      "AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indisprimary DESC, 1, k.n");
  for (const auto& row : keys) add_key_column(table, row[0].value_or(""), row[1].value_or(""));
  return true;
}

bool describe_mariadb(odbc::connection& connection, target_table& table) {
  table.ignores_case = true;
  constexpr int no_such_table = 1146;
  std::vector<std::vector<std::optional<std::string>>> columns;
  try {
    // Field, Type, Collation, Null, Key, Default, Extra, ...
    columns = connection.query("SHOW FULL COLUMNS FROM " + table.sql_name);
  } catch (const odbc::odbc_error& e) {
    if (e.info().native == no_such_table) return false;
    throw;
  }
  for (const auto& row : columns) {
    const auto declared = row[1].value_or("");
    const auto collation = row[2].value_or("");
    const auto extra = odbc::lower(row[6].value_or(""));
    target_column c;
    c.name = row[0].value_or("");
    c.type = declared;
    read_mariadb_type(c, declared, collation);
    c.nullable = odbc::lower(row[3].value_or("")) == "yes";
    c.has_default = row[5].has_value() || contains(extra, "auto_increment");
    c.generated = contains(extra, "generated");
    // Every collation but the nopad binary ones ignores trailing blanks, most ignore case.
    c.folds_text = !collation.empty() && !collation.ends_with("nopad_bin");
    table.columns.push_back(std::move(c));
  }
  // Table, Non_unique, Key_name, Seq_in_index, Column_name, Collation, Cardinality, Sub_part, ...
  std::vector<std::string> partial;  // unique over a prefix of a column only
  for (const auto& row : connection.query("SHOW INDEX FROM " + table.sql_name)) {
    if (row[1] != "0") continue;
    add_key_column(table, row[2].value_or(""), row[4].value_or(""));
    if (row[7]) partial.push_back(row[2].value_or(""));
  }
  // Two different keys may have the same prefix, so such an index cannot serve as our key.
  for (auto& key : table.keys)
    if (std::find(partial.begin(), partial.end(), key.name) != partial.end())
      key.columns.insert(key.columns.begin(), "(prefix)");
  return true;
}

bool describe_sqlite(odbc::connection& connection, target_table& table) {
  table.ignores_case = true;
  const auto parts = odbc::split_qualified_name(table.name);
  const auto pragma = [&](std::string_view what, const std::string& of) {
    std::string sql = "PRAGMA ";
    if (parts.size() > 1) sql += connection.quote_identifier(parts.front()) + ".";
    return connection.query(sql.append(what).append("(").append(literal(of)).append(")"));
  };
  // schema, name, type, ncol, wr, strict
  const auto listed = pragma("table_list", parts.back());
  const bool strict = !listed.empty() && is_yes(listed[0][5]);
  // cid, name, type, notnull, dflt_value, pk, hidden
  std::map<int, std::string> primary;
  for (const auto& row : pragma("table_xinfo", parts.back())) {
    const auto declared = row[2].value_or("");
    const auto place_in_key = to_int(row[5].value_or("0"));
    const auto hidden = to_int(row[6].value_or("0"));
    if (hidden == 1) continue;  // of a virtual table
    target_column c;
    c.name = row[1].value_or("");
    c.type = declared;
    c.nullable = !is_yes(row[3]);
    c.has_default = row[4].has_value();
    c.generated = hidden >= 2;
    read_sqlite_type(c, declared, strict);
    if (place_in_key > 0) {
      primary[place_in_key] = c.name;
      c.has_default |= odbc::lower(declared) == "integer";  // an alias of the row id
    }
    table.columns.push_back(std::move(c));
  }
  if (table.columns.empty()) return false;
  for (const auto& [place, column] : primary) add_key_column(table, "PRIMARY KEY", column);
  // seq, name, unique, origin, partial
  for (const auto& index : pragma("index_list", parts.back())) {
    if (!is_yes(index[2]) || is_yes(index[4])) continue;
    const auto name = index[1].value_or("");
    // seqno, cid, name, desc, coll, key; an expression has no name
    for (const auto& row : pragma("index_xinfo", name)) {
      if (!is_yes(row[5])) continue;
      const auto column = row[2].value_or("(expression)");
      add_key_column(table, name, column);
      for (auto& c : table.columns)
        if (c.name == column && odbc::lower(row[4].value_or("binary")) != "binary")
          c.folds_text = true;
    }
  }
  return true;
}

bool describe_generic(odbc::connection& connection, target_table& table) {
  table.keys_known = false;
  table.ignores_case = true;
  try {
    const auto cursor = connection.open_cursor("SELECT * FROM " + table.sql_name + " WHERE 1 = 0");
    for (const auto& described : cursor.columns()) {
      target_column c;
      c.name = described.name;
      c.type = described.type_name;
      c.nullable = true;
      table.columns.push_back(std::move(c));
    }
  } catch (const odbc::odbc_error& e) {
    const auto& state = e.info().state;
    if (state == "42S02" || state == "42P01") return false;
    throw;
  }
  return true;
}

}  // namespace sluice::destinations
