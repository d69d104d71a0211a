// Any database that knows SQL-92: row by row, UPDATE first and INSERT where there was nothing.
#include <algorithm>

#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t max_rows = 1'000;

class generic_writer final : public table_writer {
 public:
  generic_writer(odbc::connection& connection, const table_layout& layout)
      : layout_(layout), parts_(connection, layout) {
    const auto equal = [&](std::size_t c) { return parts_.name(c) + " = ?"; };
    const auto where = " WHERE " + parts_.each_key(" AND ", equal);
    if (!parts_.others().empty())
      update_ = connection.prepare("UPDATE " + layout.table + " SET " +
                                   parts_.each_other(", ", equal) + where);
    count_ = connection.prepare("SELECT COUNT(*) FROM " + layout.table + where);
    insert_ = connection.prepare("INSERT INTO " + layout.table + " (" + parts_.all_names() +
                                 ") VALUES " + parameter_row(layout.columns.size()));
    erase_ = connection.prepare("DELETE FROM " + layout.table + where);
  }

  void upsert(const rows_view& rows) override {
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (!update(rows, r) && !exists(rows, r)) insert(rows, r);
  }

  void erase(const rows_view& keys) override {
    for (std::size_t r = 0; r < keys.size(); ++r) {
      for (std::size_t k = 0; k < keys.width(); ++k) erase_->bind(k, keys.at(r, k));
      erase_->execute();
    }
  }

  std::size_t upsert_limit(const rows_view& rows) const override {
    return std::min(rows.size(), max_rows);
  }
  std::size_t erase_limit(const rows_view& keys) const override {
    return std::min(keys.size(), max_rows);
  }
  bool has_savepoints() const override { return false; }

 private:
  /// True if it is certain that a row was there.
  bool update(const rows_view& rows, std::size_t r) {
    if (!update_) return false;
    std::size_t parameter = 0;
    for (const auto c : parts_.others()) update_->bind(parameter++, rows.at(r, c));
    for (const auto k : layout_.keys) update_->bind(parameter++, rows.at(r, k));
    return update_->execute() > 0;
  }

  /// Asked because some drivers report 0 rows for an update that changed nothing, or -1 for any.
  bool exists(const rows_view& rows, std::size_t r) {
    for (std::size_t k = 0; k < layout_.keys.size(); ++k)
      count_->bind(k, rows.at(r, layout_.keys[k]));
    count_->execute();
    const bool found = count_->fetch() && count_->cell(0).value_or("").find_first_of("123456789") !=
                                              std::string_view::npos;
    count_->close();
    return found;
  }

  void insert(const rows_view& rows, std::size_t r) {
    for (std::size_t c = 0; c < rows.width(); ++c) insert_->bind(c, rows.at(r, c));
    insert_->execute();
  }

  const table_layout& layout_;
  const statement_parts parts_;
  std::optional<odbc::statement> update_;  ///< nothing if every column is part of the key
  std::optional<odbc::statement> count_;
  std::optional<odbc::statement> insert_;
  std::optional<odbc::statement> erase_;
};

}  // namespace

std::unique_ptr<table_writer> make_generic_writer(odbc::connection& connection,
                                                  const table_layout& layout) {
  return std::make_unique<generic_writer>(connection, layout);
}

}  // namespace sluice::destinations
