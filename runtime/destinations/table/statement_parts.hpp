// Parts of SQL that the writers share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// The results of `item(i)` for i in [0, count), with `separator` between them.
template <class Item>
std::string listed(std::size_t count, std::string_view separator, Item&& item) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    out += item(i);
  }
  return out;
}

/// The columns of a layout as SQL text, quoted. Positions are those of the layout's columns.
class statement_parts {
 public:
  statement_parts(const odbc::connection& connection, const table_layout& layout)
      : layout_(layout) {
    for (std::size_t c = 0; c < layout.columns.size(); ++c) {
      names_.push_back(connection.quote_identifier(layout.columns[c].name));
      if (!layout.is_key(c)) others_.push_back(c);
    }
  }

  [[nodiscard]] const std::string& name(std::size_t column) const { return names_[column]; }
  [[nodiscard]] std::string all_names() const {
    return listed(names_.size(), ", ", [&](std::size_t c) { return names_[c]; });
  }
  [[nodiscard]] std::string key_names() const {
    return each_key(", ", [&](auto c) { return name(c); });
  }
  /// `item(column)` for every key column.
  template <class Item>
  [[nodiscard]] std::string each_key(std::string_view separator, Item&& item) const {
    return listed(layout_.keys.size(), separator,
                  [&](std::size_t k) { return item(layout_.keys[k]); });
  }
  /// `item(column)` for every column outside of the key.
  template <class Item>
  [[nodiscard]] std::string each_other(std::string_view separator, Item&& item) const {
    return listed(others_.size(), separator, [&](std::size_t i) { return item(others_[i]); });
  }
  /// `item(assigned value)` for everything that a delete sets.
  template <class Item>
  [[nodiscard]] std::string each_assigned(std::string_view separator, Item&& item) const {
    return listed(layout_.on_delete.size(), separator,
                  [&](std::size_t i) { return item(layout_.on_delete[i]); });
  }
  /// Writes a row of the table over itself, by an insert that ends with `on_conflict` or by an
  /// update, as the mode says; for mode append, an insert of no row. For
  /// table_writer::rewrite_any_row.
  [[nodiscard]] std::string rewrite_sql(const std::string& on_conflict) const {
    const auto count = names_.size();
    const auto insert = "INSERT INTO " + layout_.table + " (" + all_names() + ") SELECT ";
    switch (layout_.mode) {
      case sync_mode::append:
        return insert + listed(count, ", ", [](std::size_t) { return std::string("NULL"); }) +
               " FROM (SELECT 1 AS one) AS u WHERE 1 = 0";
      case sync_mode::update:
        // MariaDB takes neither LIMIT in a subquery of IN nor the updated table.
        return "UPDATE " + layout_.table + " SET " +
               each_other(", ", [&](std::size_t c) { return name(c) + " = " + name(c); }) +
               " WHERE (" + key_names() + ") IN (SELECT * FROM (SELECT " + key_names() + " FROM " +
               layout_.table + " LIMIT 1) AS u)";
      default:
        break;
    }
    // Columns get new names, since the table's would be ambiguous in MariaDB's ON DUPLICATE KEY.
    // Without a WHERE, SQLite would take ON for the ON of a join.
    const auto alias = [](std::size_t c) { return "v" + std::to_string(c); };
    return insert + listed(count, ", ", alias) + " FROM (SELECT " +
           listed(count, ", ", [&](std::size_t c) { return name(c) + " AS " + alias(c); }) +
           " FROM " + layout_.table + " LIMIT 1) AS u WHERE 1 = 1" + on_conflict;
  }
  /// The statement of a delete (with `on_delete`, of its update) for no row.
  [[nodiscard]] std::string erase_nothing_sql() const {
    if (layout_.on_delete.empty()) return "DELETE FROM " + layout_.table + " WHERE 1 = 0";
    return "UPDATE " + layout_.table + " SET " +
           each_assigned(
               ", ",
               [&](const assigned_value& x) { return name(x.column) + " = " + name(x.column); }) +
           " WHERE 1 = 0";
  }
  /// Positions of the columns outside of the key.
  [[nodiscard]] const std::vector<std::size_t>& others() const { return others_; }

 private:
  const table_layout& layout_;
  std::vector<std::string> names_;
  std::vector<std::size_t> others_;
};

/// `(?,?)`.
inline std::string parameter_row(std::size_t width) {
  return "(" + listed(width, ",", [](std::size_t) { return std::string("?"); }) + ")";
}

/// Binds the values that a delete sets, as the parameters from `parameter` on. Returns the number
/// of the next one.
inline std::size_t bind_assigned(odbc::statement& statement, const table_layout& layout,
                                 std::size_t parameter = 0) {
  for (const auto& assigned : layout.on_delete) statement.bind(parameter++, assigned.value());
  return parameter;
}

inline bool has_rows(odbc::connection& connection, const table_layout& layout) {
  return !connection.query("SELECT 1 FROM " + layout.table + " LIMIT 1").empty();
}

/// A statement for a certain number of rows; prepared again when the number changes.
class sized_statement {
 public:
  /// `sql(rows)` is the statement's text.
  template <class Sql>
  odbc::statement& for_rows(odbc::connection& connection, std::size_t rows, Sql&& sql) {
    if (!statement_ || rows_ != rows) {
      statement_ = connection.prepare(sql(rows));
      rows_ = rows;
    }
    return *statement_;
  }

 private:
  std::size_t rows_ = 0;
  std::optional<odbc::statement> statement_;
};

}  // namespace sluice::destinations
