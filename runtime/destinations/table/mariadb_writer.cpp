// MariaDB: rows as parameter arrays, which the driver sends as one bulk command; deletes, which it
// would send row by row, as lists of keys.
#include <algorithm>
#include <charconv>

#include "runtime/destinations/table/product_writers.hpp"
#include "runtime/destinations/table/statement_parts.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t mariadb_rows = 5'000;
constexpr std::size_t mariadb_statement_bytes = 8u << 20;
constexpr std::size_t packet_margin = 64u << 10;  // for the statement around the values
// Longer lists of keys would be turned into a subquery (in_predicate_conversion_threshold).
constexpr std::size_t max_listed_keys = 500;

/// The parameter as a value of the key column's type: a text compared with a number would be
/// compared as a double, inexact beyond 2^53.
std::string typed_parameter(const target_column& column) {
  switch (column.family) {
    case column_family::number:
      if (column.scale == 0 && column.type.find("int") != std::string::npos)
        return column.type.find("unsigned") == std::string::npos ? "CAST(? AS SIGNED)"
                                                                 : "CAST(? AS UNSIGNED)";
      if (column.scale) return "CAST(? AS DECIMAL(65," + std::to_string(*column.scale) + "))";
      // A FLOAT's value differs from its text read as a double.
      return column.single_precision ? "CAST(? AS FLOAT)" : "CAST(? AS DOUBLE)";
    case column_family::date:
      return "CAST(? AS DATE)";
    case column_family::time:
      return "CAST(? AS TIME(6))";
    case column_family::timestamp:
      return "CAST(? AS DATETIME(6))";
    case column_family::text:
      // A padded column returns texts without the blanks at their end.
      return column.pads ? "TRIM(TRAILING ' ' FROM ?)" : "?";
    default:
      return "?";
  }
}

/// Two texts are the same if, and only if, they have the same characters.
std::string exact_text(const std::string& expression) {
  return "CONVERT(" + expression + " USING utf8mb4) COLLATE utf8mb4_nopad_bin";
}

class mariadb_writer final : public table_writer {
 public:
  mariadb_writer(odbc::connection& connection, const table_layout& layout)
      : connection_(connection), layout_(layout), parts_(connection, layout) {
    const auto packet = connection.query("SELECT @@max_allowed_packet")[0][0].value_or("");
    std::from_chars(packet.data(), packet.data() + packet.size(), max_packet_);
    for (const auto k : layout.keys) folds_text_ |= layout.columns[k].folds_text;
  }

  std::vector<std::uint32_t> write(const rows_view& rows) override {
    if (layout_.mode == sync_mode::update) return update(rows);
    run_arrays(rows, [&](odbc::statement& statement) {
      for (std::size_t c = 0; c < rows.width(); ++c) bind_column(statement, c, rows, c);
    });
    return {};
  }

  std::vector<std::uint32_t> erase(const rows_view& keys) override {
    auto& statement = erase_.for_rows(connection_, keys.size(),
                                      [&](std::size_t rows) { return erase_sql(rows); });
    auto parameter = bind_assigned(statement, layout_);
    for (std::size_t r = 0; r < keys.size(); ++r)
      for (std::size_t k = 0; k < keys.width(); ++k)
        for (auto times = parameters_of_key(k); times > 0; --times)
          statement.bind(parameter++, keys.at(r, k));
    statement.execute();
    return {};
  }
  bool rewrite_any_row() override {
    connection_.execute(parts_.rewrite_sql(on_conflict()));
    return layout_.mode != sync_mode::append && has_rows(connection_, layout_);
  }
  void erase_nothing() override { connection_.execute(parts_.erase_nothing_sql()); }

  /// An array has room for its longest value in every row.
  std::size_t write_limit(const rows_view& rows) const override {
    const auto most = std::min(rows.size(), most_rows());
    std::vector<std::size_t> longest(rows.width(), 1);
    std::size_t row_size = rows.width();
    for (std::size_t r = 0; r < most; ++r) {
      for (std::size_t c = 0; c < rows.width(); ++c) {
        const auto size = rows.at(r, c).bytes.size();
        if (size <= longest[c]) continue;
        row_size += size - longest[c];
        longest[c] = size;
      }
      if (r > 0 && row_size * (r + 1) > statement_bytes()) return r;
    }
    return most;
  }

  std::size_t erase_limit(const rows_view& keys) const override {
    return std::min(keys.size(), max_listed_keys);
  }

  byte_count max_row_bytes() const override { return byte_count(max_packet_ - packet_margin); }

 private:
  [[nodiscard]] std::size_t statement_bytes() const {
    return std::min(mariadb_statement_bytes, max_packet_ / 2);
  }

  /// Where rows are updated, their keys are listed first.
  [[nodiscard]] std::size_t most_rows() const {
    return layout_.mode == sync_mode::update ? max_listed_keys : mariadb_rows;
  }

  /// A statement that ran with one row keeps pointers that the driver (3.1.15) later frees as its
  /// own when the statement runs with more rows, which corrupts the heap. So there is a statement
  /// for each case, and a new one after an error, since the driver's clean-up then is unproven.
  template <class Bind>
  void run_arrays(const rows_view& rows, Bind&& bind) {
    auto& statement = rows.size() == 1 ? write_one_ : write_many_;
    if (!statement)
      statement =
          connection_.prepare(layout_.mode == sync_mode::update ? update_sql() : insert_sql());
    try {
      bind(*statement);
      statement->execute();
    } catch (...) {
      statement.reset();
      throw;
    }
  }

  void bind_column(odbc::statement& statement, std::size_t parameter, const rows_view& rows,
                   std::size_t column) {
    column_.clear();
    for (std::size_t r = 0; r < rows.size(); ++r) column_.push_back(rows.at(r, column));
    statement.bind_array(parameter, column_);
  }

  /// Finds and locks the rows first: an update reports how many rows it changed, not how many it
  /// found.
  std::vector<std::uint32_t> update(const rows_view& rows) {
    auto missing = lock_rows(rows);
    if (missing.size() == rows.size()) return missing;
    std::vector<value_view> cells;
    auto found = rows;
    if (!missing.empty()) {
      auto gone = missing.begin();
      for (std::size_t r = 0; r < rows.size(); ++r) {
        if (gone != missing.end() && *gone == r) {
          ++gone;
        } else {
          for (std::size_t c = 0; c < rows.width(); ++c) cells.push_back(rows.at(r, c));
        }
      }
      found = {cells.data(), rows.width(), row_count{rows.size() - missing.size()}};
    }
    run_arrays(found, [&](odbc::statement& statement) {
      std::size_t parameter = 0;
      for (const auto c : parts_.others()) bind_column(statement, parameter++, found, c);
      for (std::size_t k = 0; k < layout_.keys.size(); ++k)
        for (auto times = parameters_of_key(k); times > 0; --times)
          bind_column(statement, parameter++, found, layout_.keys[k]);
    });
    return missing;
  }

  /// Returns the positions of missing rows.
  std::vector<std::uint32_t> lock_rows(const rows_view& rows) {
    auto& statement =
        lock_.for_rows(connection_, rows.size(), [&](std::size_t n) { return lock_sql(n); });
    std::size_t parameter = 0;
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t k = 0; k < layout_.keys.size(); ++k)
        for (auto times = parameters_of_key(k); times > 0; --times)
          statement.bind(parameter++, rows.at(r, layout_.keys[k]));
    statement.execute();
    std::vector<std::uint32_t> missing;
    const bool answered = statement.fetch();
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (!answered || statement.cell(r) != "1") missing.push_back(static_cast<std::uint32_t>(r));
    statement.close();
    return missing;
  }

  std::string insert_sql() const {
    return "INSERT INTO " + layout_.table + " (" + parts_.all_names() + ") VALUES " +
           parameter_row(layout_.columns.size()) + on_conflict();
  }

  std::string on_conflict() const {
    if (layout_.mode == sync_mode::append) return {};
    // INSERT IGNORE would leave rows alone, too, but take values that do not fit.
    const auto sql = " ON DUPLICATE KEY UPDATE " + guarded_key();
    if (layout_.mode == sync_mode::insert || parts_.others().empty()) return sql;
    return sql + ", " + parts_.each_other(", ", [&](std::size_t c) {
      return parts_.name(c) + " = VALUES(" + parts_.name(c) + ")";
    });
  }

  /// The first assignment, which keeps the key's value. ON DUPLICATE KEY fires for every unique
  /// index, and for keys that the collation takes for equal. If that may be another row than ours,
  /// a subquery that returns two rows fails (error 1242); otherwise the wrong row would be
  /// overwritten.
  std::string guarded_key() const {
    const auto& first = parts_.name(layout_.keys.front());
    if (layout_.other_keys.empty() && !folds_text_) return first + " = " + first;
    const auto same = parts_.each_key(" AND ", [&](std::size_t c) {
      const auto& name = parts_.name(c);
      const auto given = "VALUES(" + name + ")";
      return layout_.columns[c].folds_text ? exact_text(name) + " = " + exact_text(given)
                                           : name + " = " + given;
    });
    return first + " = IF(" + same + ", " + first + ", (SELECT 1 UNION ALL SELECT 2))";
  }

  /// The plain comparison finds the row through the index, the exact one confirms it.
  [[nodiscard]] std::string same_key() const {
    return parts_.each_key(" AND ", [&](std::size_t c) {
      const auto given = typed_parameter(layout_.columns[c]);
      auto equal = parts_.name(c) + " = " + given;
      if (layout_.columns[c].folds_text)
        equal += " AND " + exact_text(parts_.name(c)) + " = " + given;
      return equal;
    });
  }
  /// How many parameters `same_key` has for the key column; their values are the same.
  [[nodiscard]] std::size_t parameters_of_key(std::size_t k) const {
    return layout_.columns[layout_.keys[k]].folds_text ? 2 : 1;
  }

  std::string update_sql() const {
    return "UPDATE " + layout_.table + " SET " +
           parts_.each_other(", ", [&](std::size_t c) { return parts_.name(c) + " = ?"; }) +
           " WHERE " + same_key();
  }

  std::string lock_sql(std::size_t rows) const {
    const auto one =
        "EXISTS(SELECT 1 FROM " + layout_.table + " WHERE " + same_key() + " FOR UPDATE)";
    return "SELECT " + listed(
                           rows, ",", [&](std::size_t) -> const auto& { return one; });
  }

  std::string erase_sql(std::size_t rows) const {
    const auto sql = (layout_.on_delete.empty()
                          ? "DELETE FROM " + layout_.table
                          : "UPDATE " + layout_.table + " SET " +
                                parts_.each_assigned(", ",
                                                     [&](const assigned_value& x) {
                                                       return parts_.name(x.column) + " = ?";
                                                     })) +
                     " WHERE ";
    if (layout_.keys.size() == 1 && !folds_text_) {
      const auto parameter = typed_parameter(layout_.columns[layout_.keys.front()]);
      return sql + parts_.name(layout_.keys.front()) + " IN (" +
             listed(
                 rows, ",", [&](std::size_t) -> const auto& { return parameter; }) +
             ")";
    }
    const auto one = "(" + same_key() + ")";
    return sql + listed(
                     rows, " OR ", [&](std::size_t) -> const auto& { return one; });
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  bool folds_text_ = false;
  std::size_t max_packet_ = 16u << 20;
  std::vector<value_view> column_;  ///< of the array being bound; kept for capacity
  std::optional<odbc::statement> write_one_;
  std::optional<odbc::statement> write_many_;
  sized_statement lock_;
  sized_statement erase_;
};

}  // namespace

std::unique_ptr<table_writer> make_mariadb_writer(odbc::connection& connection,
                                                  const table_layout& layout) {
  return std::make_unique<mariadb_writer>(connection, layout);
}

}  // namespace sluice::destinations
