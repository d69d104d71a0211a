// Any database that knows SQL-92: row by row, UPDATE if the row is found and INSERT if not. A
// SELECT finds the row, not a row count: DuckDB's driver reports 1 for an UPDATE that matched
// nothing, others report -1, or 0 for a row that is as it should be.
#include <algorithm>

#include "runtime/destinations/table/keyed_select.hpp"
#include "runtime/destinations/table/keyed_update.hpp"
#include "runtime/destinations/table/product_writers.hpp"
#include "runtime/destinations/table/statement_parts.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t generic_rows = 1'000;

class generic_writer final : public table_writer {
 public:
  generic_writer(odbc::connection& connection, const table_layout& layout)
      : connection_(connection),
        layout_(layout),
        parts_(connection, layout),
        update_(connection, layout, parts_) {
    const auto equal = [&](std::size_t c) { return parts_.name(c) + " = ?"; };
    insert_ = connection.prepare("INSERT INTO " + layout.table + " (" + parts_.all_names() +
                                 ") VALUES " + parameter_row(layout.columns.size()));
    if (layout.keys.empty()) return;
    const auto where = " WHERE " + parts_.each_key(" AND ", equal);
    select_.emplace(connection, layout);
    erase_ = connection.prepare(
        layout.on_delete.empty()
            ? "DELETE FROM " + layout.table + where
            : "UPDATE " + layout.table + " SET " + parts_.each_assigned(", ", [&](const auto& x) {
                return equal(x.column);
              }) + where);
  }

  std::vector<std::uint32_t> write(const rows_view& rows) override {
    std::vector<std::uint32_t> missing;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (layout_.mode == sync_mode::append) {
        insert(rows, r);
      } else if (is_there(key_of(layout_, rows, r))) {
        if (layout_.mode != sync_mode::insert && !parts_.others().empty()) update_.run(rows, r);
      } else if (layout_.mode == sync_mode::update) {
        missing.push_back(static_cast<std::uint32_t>(r));
      } else {
        insert(rows, r);
        // Otherwise each attempt would add another one.
        if (!is_there(key_of(layout_, rows, r)))
          throw odbc::odbc_error(odbc::error_class::row,
                                 "the database does not find the row by its key once it is there");
      }
    }
    return missing;
  }

  std::vector<std::uint32_t> erase(const rows_view& keys) override {
    for (std::size_t r = 0; r < keys.size(); ++r) {
      std::vector<value_view> key;
      for (std::size_t k = 0; k < keys.width(); ++k) key.push_back(keys.at(r, k));
      if (!is_there(key)) continue;
      const auto first = bind_assigned(*erase_, layout_);
      for (std::size_t k = 0; k < key.size(); ++k) erase_->bind(first + k, key[k]);
      erase_->execute();
    }
    return {};
  }
  /// Writes no row: databases have different syntax for taking only one row of a table.
  bool rewrite_any_row() override {
    connection_.execute("UPDATE " + layout_.table + " SET " + parts_.name(0) + " = " +
                        parts_.name(0) + " WHERE 1 = 0");
    return false;
  }
  void erase_nothing() override { connection_.execute(parts_.erase_nothing_sql()); }

  std::size_t write_limit(const rows_view& rows) const override {
    return std::min(rows.size(), generic_rows);
  }
  std::size_t erase_limit(const rows_view& keys) const override {
    return std::min(keys.size(), generic_rows);
  }
  bool has_savepoints() const override { return false; }

 private:
  /// Throws odbc_error (row) if the writing statement would affect other rows.
  bool is_there(const std::vector<value_view>& key) {
    const auto found = select_->run(key).what;
    if (found == keyed_select::found::others)
      throw odbc::odbc_error(odbc::error_class::row, other_rows_reason);
    return found == keyed_select::found::row;
  }

  void insert(const rows_view& rows, std::size_t r) {
    for (std::size_t c = 0; c < rows.width(); ++c) insert_->bind(c, rows.at(r, c));
    insert_->execute();
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  keyed_update update_;
  std::optional<keyed_select> select_;  ///< nothing without a key, as `erase_`
  std::optional<odbc::statement> insert_;
  std::optional<odbc::statement> erase_;
};

}  // namespace

std::unique_ptr<table_writer> make_generic_writer(odbc::connection& connection,
                                                  const table_layout& layout) {
  return std::make_unique<generic_writer>(connection, layout);
}

}  // namespace sluice::destinations
