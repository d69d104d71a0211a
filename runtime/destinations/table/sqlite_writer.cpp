// SQLite: many rows of VALUES in one statement. (One JSON parameter would be a fifth faster, but
// JSON cannot hold blobs and reads reals through a decimal text.)
#include <algorithm>

#include "runtime/destinations/table/keyed_update.hpp"
#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t max_rows = 1'000;
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
    run(insert_.for_rows(connection_, rows.size(), [&](std::size_t n) { return insert_sql(n); }), 0,
        rows);
    return {};
  }
  void erase(const rows_view& keys) override {
    auto& statement =
        erase_.for_rows(connection_, keys.size(), [&](std::size_t n) { return erase_sql(n); });
    run(statement, bind_assigned(statement, layout_), keys);
  }

  std::size_t write_limit(const rows_view& rows) const override { return limit(rows); }
  std::size_t erase_limit(const rows_view& keys) const override { return limit(keys); }

 private:
  /// `first`: number of the parameter that the rows begin with.
  static void run(odbc::statement& statement, std::size_t first, const rows_view& rows) {
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t c = 0; c < rows.width(); ++c)
        statement.bind(first + r * rows.width() + c, rows.at(r, c));
    statement.execute();
  }

  /// Row by row, which in the same process costs no round trips and counts exactly: SQLite counts
  /// the rows that it found, changed or not.
  std::vector<std::uint32_t> update(const rows_view& rows) {
    std::vector<std::uint32_t> missing;
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (update_.run(rows, r) == 0) missing.push_back(static_cast<std::uint32_t>(r));
    return missing;
  }

  static std::size_t limit(const rows_view& rows) {
    return std::clamp<std::size_t>(max_parameters / rows.width(), 1,
                                   std::min(rows.size(), max_rows));
  }

  static std::string values(std::size_t rows, std::size_t width) {
    const auto row = parameter_row(width);
    return "VALUES " + listed(
                           rows, ",", [&](std::size_t) -> const auto& { return row; });
  }

  std::string insert_sql(std::size_t rows) const {
    auto sql = "INSERT INTO " + layout_.table + " (" + parts_.all_names() + ") " +
               values(rows, layout_.columns.size());
    if (layout_.mode == sync_mode::append) return sql;
    sql += " ON CONFLICT (" + parts_.key_names() + ") DO ";
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
    return what + " WHERE (" + parts_.key_names() + ") IN (" + values(rows, layout_.keys.size()) +
           ")";
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  sized_statement insert_;
  keyed_update update_;
  sized_statement erase_;
};

}  // namespace

std::unique_ptr<table_writer> make_sqlite_writer(odbc::connection& connection,
                                                 const table_layout& layout) {
  return std::make_unique<sqlite_writer>(connection, layout);
}

}  // namespace sluice::destinations
