// SQLite: many rows of VALUES in one statement. (One JSON parameter would be a fifth faster, but
// JSON cannot hold blobs and reads reals through a decimal text.)
#include <algorithm>

#include "runtime/destinations/table/keyed_update.hpp"
#include "runtime/destinations/table/product_writers.hpp"
#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_errors.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t sqlite_rows = 1'000;
constexpr std::size_t max_parameters = 16'000;

class sqlite_writer final : public table_writer {
 public:
  sqlite_writer(odbc::connection& connection, const table_layout& layout)
      : connection_(connection),
        layout_(layout),
        parts_(connection, layout),
        update_(connection, layout, parts_) {}

  std::vector<std::uint32_t> write(const rows_view& rows) override {
    if (layout_.mode == sync_mode::update) return update(rows);
    const auto written = run(
        insert_.for_rows(connection_, rows.size(), [&](std::size_t n) { return insert_sql(n); }), 0,
        rows);
    if (written < static_cast<std::int64_t>(rows.size())) require(rows);
    return {};
  }
  std::vector<std::uint32_t> erase(const rows_view& keys) override {
    auto& statement =
        erase_.for_rows(connection_, keys.size(), [&](std::size_t n) { return erase_sql(n); });
    const auto erased = run(statement, bind_assigned(statement, layout_), keys);
    return erased < static_cast<std::int64_t>(keys.size()) ? left(keys)
                                                           : std::vector<std::uint32_t>();
  }
  bool rewrite_any_row() override {
    connection_.execute(parts_.rewrite_sql(on_conflict()));
    return layout_.mode != sync_mode::append && has_rows(connection_, layout_);
  }
  void erase_nothing() override { connection_.execute(parts_.erase_nothing_sql()); }

  std::size_t write_limit(const rows_view& rows) const override { return limit(rows); }
  std::size_t erase_limit(const rows_view& keys) const override { return limit(keys); }

 private:
  /// `first`: the number of the rows' first parameter.
  static std::int64_t run(odbc::statement& statement, std::size_t first, const rows_view& rows) {
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t c = 0; c < rows.width(); ++c)
        statement.bind(first + r * rows.width() + c, rows.at(r, c));
    return statement.execute();
  }

  /// Row by row, which costs no round trips inside the process, and counts exactly: SQLite counts
  /// found rows, changed or not.
  std::vector<std::uint32_t> update(const rows_view& rows) {
    std::vector<std::uint32_t> missing;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (update_.run(rows, r) != 0 || is_there(rows, r, false)) continue;
      if (is_there(rows, r, true)) throw kept_out();
      missing.push_back(static_cast<std::uint32_t>(r));
    }
    return missing;
  }

  /// A trigger can leave out a row without an error (RAISE(IGNORE)), or write it elsewhere.
  void require(const rows_view& rows) {
    const bool any_values = layout_.mode == sync_mode::insert ||
                            (parts_.others().empty() && layout_.mode != sync_mode::append);
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (!is_there(rows, r, any_values)) throw kept_out();
  }

  /// Whether the row is in the table, with the same values or with any.
  bool is_there(const rows_view& rows, std::size_t r, bool any_values) {
    auto& look = any_values ? look_for_key_ : look_for_row_;
    if (!look) {
      auto same = parts_.each_key(" AND ", [&](std::size_t c) { return parts_.name(c) + " = ?"; });
      if (!any_values && !parts_.others().empty())
        same += (same.empty() ? "" : " AND ") +
                parts_.each_other(" AND ", [&](std::size_t c) { return parts_.name(c) + " IS ?"; });
      look = connection_.prepare("SELECT 1 FROM " + layout_.table + " WHERE " + same + " LIMIT 1");
    }
    std::size_t parameter = 0;
    for (const auto k : layout_.keys) look->bind(parameter++, rows.at(r, k));
    if (!any_values)
      for (const auto c : parts_.others()) look->bind(parameter++, rows.at(r, c));
    return answers(*look);
  }

  /// The positions of the rows that a delete left as they were.
  std::vector<std::uint32_t> left(const rows_view& keys) {
    if (!left_) {
      auto sql = "SELECT 1 FROM " + layout_.table + " WHERE " +
                 parts_.each_key(" AND ", [&](std::size_t c) { return parts_.name(c) + " = ?"; });
      if (!layout_.on_delete.empty())
        sql += " AND (" + parts_.each_assigned(" OR ", [&](const assigned_value& x) {
          return parts_.name(x.column) + " IS NOT ?";
        }) + ")";
      left_ = connection_.prepare(sql + " LIMIT 1");
    }
    std::vector<std::uint32_t> positions;
    for (std::size_t r = 0; r < keys.size(); ++r) {
      for (std::size_t k = 0; k < keys.width(); ++k) left_->bind(k, keys.at(r, k));
      bind_assigned(*left_, layout_, keys.width());
      if (answers(*left_)) positions.push_back(static_cast<std::uint32_t>(r));
    }
    return positions;
  }

  static bool answers(odbc::statement& question) {
    question.execute();
    const bool yes = question.fetch();
    question.close();
    return yes;
  }

  static std::size_t limit(const rows_view& rows) {
    return std::clamp<std::size_t>(max_parameters / rows.width(), 1,
                                   std::min(rows.size(), sqlite_rows));
  }

  static std::string values(row_count rows, std::size_t width) {
    const auto row = parameter_row(width);
    return "VALUES " + listed(
                           rows.number(), ",", [&](std::size_t) -> const auto& { return row; });
  }

  std::string insert_sql(std::size_t rows) const {
    return "INSERT INTO " + layout_.table + " (" + parts_.all_names() + ") " +
           values(row_count{rows}, layout_.columns.size()) + on_conflict();
  }

  std::string on_conflict() const {
    if (layout_.mode == sync_mode::append) return {};
    const auto sql = " ON CONFLICT (" + parts_.key_names() + ") DO ";
    if (layout_.mode == sync_mode::insert || parts_.others().empty()) return sql + "NOTHING";
    return sql + "UPDATE SET " + parts_.each_other(", ", [&](std::size_t c) {
      return parts_.name(c) + " = excluded." + parts_.name(c);
    });
  }

  std::string erase_sql(std::size_t rows) const {
    const auto what =
        layout_.on_delete.empty()
            ? "DELETE FROM " + layout_.table
            : "UPDATE " + layout_.table + " SET " + parts_.each_assigned(", ", [&](const auto& x) {
                return parts_.name(x.column) + " = ?";
              });
    return what + " WHERE (" + parts_.key_names() + ") IN (" +
           values(row_count{rows}, layout_.keys.size()) + ")";
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  sized_statement insert_;
  keyed_update update_;
  sized_statement erase_;
  std::optional<odbc::statement> look_for_row_;
  std::optional<odbc::statement> look_for_key_;
  std::optional<odbc::statement> left_;  ///< after a delete
};

}  // namespace

std::unique_ptr<table_writer> make_sqlite_writer(odbc::connection& connection,
                                                 const table_layout& layout) {
  return std::make_unique<sqlite_writer>(connection, layout);
}

}  // namespace sluice::destinations
