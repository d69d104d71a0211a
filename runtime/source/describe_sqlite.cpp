#include "runtime/source/describe_sqlite.hpp"

#include <algorithm>
#include <string_view>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/identifiers.hpp"

namespace sluice::source {
namespace {

/// `text` without `:1` or another number at its end; nothing if there is none.
std::optional<std::string_view> without_number(std::string_view text) {
  const auto last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == text.size() || text[last] != ':')
    return std::nullopt;
  return text.substr(0, last);
}

/// The columns of `quoted`, a table or view of `schema` (a name and a dot, or empty), by the rows
/// of PRAGMA table_xinfo: cid, name, type, notnull, default, pk, hidden.
std::vector<sqlite_column> columns_of(odbc::connection& on, const std::string& schema,
                                      const std::string& quoted) {
  const auto rows = on.query("PRAGMA " + schema + "table_xinfo(" + quoted + ")");
  std::size_t key_columns = 0;
  for (const auto& row : rows) key_columns += row[5].value_or("0") != "0";
  // INTEGER PRIMARY KEY is the rowid, unless the table has no rowid or the key is declared DESC. In
  // both cases the key has an index of its own; a key that is the rowid has none.
  const bool has_index = !on.query("PRAGMA " + schema + "index_list(" + quoted + ")").empty();
  std::vector<sqlite_column> columns;
  for (const auto& row : rows) {
    if (row[6] == "1") continue;  // of a virtual table, which only a query that names it sees
    const auto type = row[2].value_or("");
    const bool rowid = key_columns == 1 && row[5].value_or("0") != "0" && !has_index &&
                       odbc::lower(type) == "integer";
    columns.push_back({row[1].value_or(""), type, rowid});
  }
  return columns;
}

}  // namespace

std::vector<sqlite_column> sqlite_columns(odbc::connection& on,
                                          const std::optional<std::string>& table,
                                          const std::string& relation) {
  if (table) {
    const auto parts = odbc::split_qualified_name(*table);
    return columns_of(on, parts.size() > 1 ? on.quote_identifier(parts.front()) + "." : "",
                      on.quote_identifier(parts.back()));
  }
  // A view knows the declared types of the columns that its query passes through.
  on.execute("CREATE TEMP VIEW sluice_types AS SELECT * FROM " + relation);
  auto columns = columns_of(on, "temp.", "sluice_types");
  on.execute("DROP VIEW temp.sluice_types");
  return columns;
}

std::vector<real_name> real_names(const std::vector<sqlite_column>& stored,
                                  const std::vector<odbc::column_info>& described) {
  if (stored.size() != described.size())
    throw odbc::odbc_error(odbc::error_class::permanent,
                           "the model has " + std::to_string(described.size()) +
                               " columns, of which the database names " +
                               std::to_string(stored.size()));
  std::vector<real_name> names;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const auto& name = stored[i].name;
    const auto base = without_number(name);
    const bool numbered =
        base && !without_number(described[i].name) &&
        std::any_of(
            stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(i),
            [&](const auto& before) { return odbc::lower(before.name) == odbc::lower(*base); });
    names.push_back({.shown = numbered ? std::string(*base) : name, .in_relation = name});
  }
  return names;
}

}  // namespace sluice::source
