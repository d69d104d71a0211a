#include "runtime/destinations/table/writability.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/odbc/identifiers.hpp"

namespace sluice::destinations {
namespace {

using row = std::vector<std::optional<std::string>>;

bool is_yes(const std::optional<std::string>& cell) { return cell == "1"; }

/// The privileges needed on each column of the table.
struct needs {
  std::set<std::string> insert, update, select;
  bool erase = false;
};

needs needs_of(const table_layout& layout) {
  needs out;
  const bool inserts = layout.mode != sync_mode::update;
  const bool updates = layout.mode != sync_mode::insert && layout.mode != sync_mode::append;
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    const auto& name = layout.columns[c].name;
    if (inserts) out.insert.insert(name);
    if (updates && !layout.is_key(c)) out.update.insert(name);
    if (layout.is_key(c)) out.select.insert(name);
  }
  for (const auto& set : layout.on_delete) out.update.insert(layout.columns[set.column].name);
  out.erase = layout.mode == sync_mode::mirror && layout.on_delete.empty();
  return out;
}

// -- PostgreSQL -----------------------------------------------------------------------------------

std::vector<row> rows_of(odbc::connection& connection, const std::string& sql,
                         const std::string& parameter) {
  auto statement = connection.prepare(sql);
  statement.bind(0, {value_kind::text, parameter});
  statement.execute();
  std::vector<row> rows;
  while (statement.fetch()) {
    auto& cells = rows.emplace_back();
    for (std::size_t i = 0; i < statement.columns().size(); ++i) {
      const auto cell = statement.cell(i);
      cells.push_back(cell ? std::optional<std::string>(*cell) : std::nullopt);
    }
  }
  return rows;
}

void find_read_only_postgresql(odbc::connection& connection, writability& out) {
  const auto found = connection.query(
      "SELECT pg_is_in_recovery()::int, (current_setting('transaction_read_only') = 'on')::int")[0];
  if (is_yes(found[0])) {
    out.problems.emplace_back(
        "the server is a hot standby, which takes no writes: name the primary server");
  } else if (is_yes(found[1])) {
    out.problems.emplace_back(
        "the database or the user is set to default_transaction_read_only: change that setting for "
        "them");
  }
}

void find_missing_privileges(odbc::connection& connection, const target_table& table,
                             const needs& wanted, writability& out) {
  std::vector<std::string> missing;
  const auto add = [&](std::string_view right, const std::vector<std::string>& columns) {
    if (!columns.empty())
      missing.push_back(fmt::format("{} ({})", right, fmt::join(columns, ", ")));
  };
  std::vector<std::string> insert, update, select;
  for (const auto& column :
       rows_of(connection,
               "SELECT a.attname, has_column_privilege(a.attrelid, a.attnum, 'INSERT')::int, "
               "has_column_privilege(a.attrelid, a.attnum, 'UPDATE')::int, "
               "has_column_privilege(a.attrelid, a.attnum, 'SELECT')::int FROM pg_attribute AS a "
               "WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped",
               table.sql_name)) {
    const auto name = column[0].value_or("");
    if (wanted.insert.contains(name) && !is_yes(column[1])) insert.push_back(name);
    if (wanted.update.contains(name) && !is_yes(column[2])) update.push_back(name);
    if (wanted.select.contains(name) && !is_yes(column[3])) select.push_back(name);
  }
  add("INSERT", insert);
  add("UPDATE", update);
  add("SELECT", select);
  const auto whole = rows_of(
      connection,
      "SELECT has_table_privilege(c.oid, 'DELETE')::int, row_security_active(c.oid)::int, "
      "EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type <> '1')::int, "
      "current_user FROM pg_class AS c WHERE c.oid = to_regclass(?)",
      table.sql_name);
  if (whole.empty()) return;
  if (wanted.erase && !is_yes(whole[0][0])) missing.emplace_back("DELETE");
  if (!missing.empty())
    out.problems.push_back(fmt::format("the user '{}' lacks {}: GRANT it on {}",
                                       whole[0][3].value_or(""), fmt::join(missing, ", "),
                                       table.sql_name));
  if (is_yes(whole[0][1]))
    out.warnings.push_back(fmt::format(
        "row-level security of '{}' applies to the user '{}': rows that a policy hides are neither "
        "updated nor deleted, and rows that one forbids are rejected",
        table.name, whole[0][3].value_or("")));
  if (is_yes(whole[0][2]))
    out.warnings.push_back(
        fmt::format("'{}' has rewrite rules for INSERT, UPDATE or DELETE: rows may be written "
                    "elsewhere, or not "
                    "at all",
                    table.name));
}

// -- MariaDB --------------------------------------------------------------------------------------

constexpr int option_prevents_statement = 1290;  // --read-only
constexpr int table_access_denied = 1142;
constexpr int column_access_denied = 1143;

/// EXPLAIN of a statement that would write asks for the same rights and is refused by a read-only
/// server as the statement itself is; it is not run.
void explain_mariadb(odbc::connection& connection, const std::string& sql, writability& out) {
  try {
    static_cast<void>(connection.query("EXPLAIN " + sql));
  } catch (const odbc::odbc_error& e) {
    const auto code = e.info().native;
    if (code == option_prevents_statement) {
      out.problems.push_back("the server is read-only: name the one that takes writes (" +
                             e.info().message + ")");
    } else if (code == table_access_denied || code == column_access_denied) {
      out.problems.push_back(e.info().message + ": GRANT it");
    } else {
      throw;
    }
  }
}

void find_writability_mariadb(odbc::connection& connection, const target_table& table,
                              const table_layout& layout, writability& out) {
  if (connection.query("SELECT @@tx_read_only")[0][0] == "1") {
    out.problems.emplace_back("sessions of this user are read-only (tx_read_only): change that");
    return;  // the standby refuses the other statements, too
  }
  const statement_parts parts(connection, layout);
  const auto wanted = needs_of(layout);
  if (!wanted.insert.empty())
    explain_mariadb(connection,
                    "INSERT INTO " + table.sql_name + " (" + parts.all_names() + ") SELECT " +
                        parts.all_names() + " FROM " + table.sql_name + " WHERE 1 = 0",
                    out);
  const auto set_to_itself = [&](std::size_t c) { return parts.name(c) + " = " + parts.name(c); };
  if (!wanted.update.empty() && !parts.others().empty())
    explain_mariadb(connection,
                    "UPDATE " + table.sql_name + " SET " + parts.each_other(", ", set_to_itself) +
                        " WHERE 1 = 0",
                    out);
  if (wanted.erase)
    explain_mariadb(connection, "DELETE FROM " + table.sql_name + " WHERE 1 = 0", out);
  // A read-only server reports the same for each statement.
  std::sort(out.problems.begin(), out.problems.end());
  out.problems.erase(std::unique(out.problems.begin(), out.problems.end()), out.problems.end());
}

// -- SQLite ---------------------------------------------------------------------------------------

bool writable(const std::filesystem::path& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

/// A journal has to be written beside the file.
void find_writability_sqlite(odbc::connection& connection, writability& out) {
  for (const auto& database : connection.query("PRAGMA database_list")) {
    // seq, name, file; temporary and in-memory databases have no file
    const std::filesystem::path file = database[2].value_or("");
    if (database[1] != "main" || file.empty()) continue;
    if (!writable(file)) {
      out.problems.push_back(fmt::format("the database file '{}' cannot be written: {}",
                                         file.string(), std::strerror(errno)));
    } else if (!writable(file.parent_path())) {
      out.problems.push_back(
          fmt::format("the folder of the database file '{}' cannot be written, where its journal "
                      "has to stand: {}",
                      file.string(), std::strerror(errno)));
    }
  }
}

}  // namespace

writability find_writability(odbc::connection& connection, const target_table& table,
                             const table_layout& layout) {
  writability out;
  switch (connection.kind()) {
    case odbc::product::postgresql:
      find_read_only_postgresql(connection, out);
      find_missing_privileges(connection, table, needs_of(layout), out);
      break;
    case odbc::product::mariadb:
      find_writability_mariadb(connection, table, layout, out);
      break;
    case odbc::product::sqlite:
      find_writability_sqlite(connection, out);
      break;
    case odbc::product::generic:  // nothing portable to ask
      break;
  }
  return out;
}

writability find_creatability(odbc::connection& connection, const std::string& table) {
  writability out;
  if (connection.kind() == odbc::product::sqlite) find_writability_sqlite(connection, out);
  if (connection.kind() != odbc::product::postgresql) return out;
  find_read_only_postgresql(connection, out);
  const auto parts = odbc::split_qualified_name(table);
  const auto schema = parts.size() > 1 ? parts[parts.size() - 2] : std::string();
  const auto found = rows_of(connection,
                             "SELECT s.name, has_schema_privilege(s.name, 'CREATE')::int, "
                             "current_user FROM (SELECT coalesce(nullif(?, ''), "
                             "current_schema()) AS name) AS s WHERE s.name IS NOT NULL",
                             schema);
  if (found.empty()) {
    out.problems.emplace_back("no schema of the search path exists: name one in destination.table");
  } else if (!is_yes(found[0][1])) {
    out.problems.push_back(fmt::format("the user '{}' may not create tables in the schema '{}'",
                                       found[0][2].value_or(""), found[0][0].value_or("")));
  }
  return out;
}

}  // namespace sluice::destinations
