#include "runtime/destinations/table/catalogue.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>

#include "runtime/odbc/declared_type.hpp"
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

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

column_family postgresql_family(std::string_view type) {
  if (type == "boolean") return column_family::boolean;
  if (one_of(type, {"smallint", "integer", "bigint", "numeric", "real", "double precision"}))
    return column_family::number;
  if (one_of(type, {"text", "character varying", "bpchar"})) return column_family::text;
  if (type == "bytea") return column_family::binary;
  if (type == "date") return column_family::date;
  if (type.starts_with("time without") || type.starts_with("time with")) return column_family::time;
  if (type.starts_with("timestamp")) return column_family::timestamp;
  if (type == "uuid") return column_family::uuid;
  if (one_of(type, {"json", "jsonb"})) return column_family::json;
  return column_family::any;
}

column_family mariadb_family(std::string_view type) {
  if (one_of(type, {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float",
                    "double", "year"}))
    return column_family::number;
  if (one_of(type,
             {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"}))
    return column_family::text;
  if (one_of(type, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}))
    return column_family::binary;
  if (type == "bit") return column_family::bits;
  if (type == "date") return column_family::date;
  if (type == "time") return column_family::time;
  if (one_of(type, {"datetime", "timestamp"})) return column_family::timestamp;
  if (type == "uuid") return column_family::uuid;
  return column_family::any;
}

/// SQLite's own rules for the affinity of a declared type (datatype3, section 3.1).
bool sqlite_makes_numbers(const std::string& declared) {
  const auto type = lower(declared);
  if (contains(type, "int")) return true;
  if (contains(type, "char") || contains(type, "clob") || contains(type, "text")) return false;
  return !type.empty() && !contains(type, "blob");
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

/// unnest makes columns of a composite value and rows of an array in an array; an array of boxes
/// has another delimiter. What counts is the type under a domain.
void mark_what_travels_as_text(odbc::connection& connection, const std::string& oid,
                               target_table& table) {
  const auto names = connection.query(
      "WITH RECURSIVE base(attname, typid) AS (SELECT attname, atttypid FROM pg_attribute "
      "WHERE attrelid = " +
      oid +
      " AND attnum > 0 AND NOT attisdropped UNION ALL SELECT b.attname, t.typbasetype FROM base b "
      "JOIN pg_type t ON t.oid = b.typid WHERE t.typtype = 'd') "
      "SELECT b.attname FROM base b JOIN pg_type t ON t.oid = b.typid "
      "WHERE t.typtype = 'c' OR t.typcategory = 'A' OR t.typdelim <> ',' OR t.typarray = 0");
  for (auto& column : table.columns)
    column.travels_as_text = std::any_of(names.begin(), names.end(),
                                         [&](const auto& row) { return row[0] == column.name; });
}

}  // namespace

bool describe_postgresql(odbc::connection& connection, target_table& table) {
  const auto oid =
      connection.query("SELECT to_regclass(" + literal(table.sql_name) + ")::oid")[0][0];
  if (!oid) return false;
  // format_type with -1: the name that a cast needs to accept every length (bpchar, not character,
  // which means character(1)). atttypmod of numeric holds (precision << 16 | scale) + 4, that of
  // the time types the digits of the second, -1 means unlimited.
  const auto columns = connection.query(
      "SELECT a.attname, format_type(a.atttypid, -1), a.attnotnull::int, "
      "(a.atthasdef OR a.attidentity <> '')::int, "
      "(a.attgenerated <> '' OR a.attidentity = 'a')::int, a.atttypmod, "
      "(coalesce(NOT co.collisdeterministic, false) OR t.typname = 'citext')::int "
      "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
      "LEFT JOIN pg_collation co ON co.oid = a.attcollation "
      "WHERE a.attrelid = " +
      *oid + " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum");
  for (const auto& row : columns) {
    target_column c;
    c.name = row[0].value_or("");
    c.type = row[1].value_or("");
    c.family = postgresql_family(c.type);
    c.nullable = !is_yes(row[2]);
    c.has_default = is_yes(row[3]);
    c.generated = is_yes(row[4]);
    const int modifier = to_int(row[5].value_or("-1"));
    if (c.type == "numeric" && modifier >= 4) c.scale = (modifier - 4) & 0x7ff;
    if ((c.family == column_family::time || c.family == column_family::timestamp) && modifier >= 0)
      c.second_digits = modifier;
    c.folds_text = is_yes(row[6]);
    table.columns.push_back(std::move(c));
  }
  mark_what_travels_as_text(connection, *oid, table);
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
    const auto type = odbc::declared_type::parse(declared);
    const auto collation = row[2].value_or("");
    const auto extra = lower(row[6].value_or(""));
    target_column c;
    c.name = row[0].value_or("");
    c.type = declared;
    c.family = mariadb_family(type.name);
    if (type.name == "decimal") c.scale = type.second.value_or(0);
    if (c.family == column_family::number && contains(type.name, "int")) c.scale = 0;
    if (c.family == column_family::time || c.family == column_family::timestamp)
      c.second_digits = type.first.value_or(0);
    c.nullable = lower(row[3].value_or("")) == "yes";
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
  // Longer than its prefix, a key may still equal a different one: it cannot serve as our key.
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
    c.makes_numbers = sqlite_makes_numbers(declared);
    if (place_in_key > 0) {
      primary[place_in_key] = c.name;
      c.has_default |= lower(declared) == "integer";  // an alias of the row id
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
        if (c.name == column && lower(row[4].value_or("binary")) != "binary") c.folds_text = true;
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
