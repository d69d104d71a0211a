// PostgreSQL: each column of all rows is one array parameter, which unnest takes apart. One
// statement text serves every number of rows, and there are as many parameters as columns.
#include <charconv>
#include <numeric>
#include <optional>

#include "runtime/destinations/table/product_writers.hpp"
#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_errors.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t postgresql_statement_bytes = 16u << 20;
/// A row is sent as a literal of up to twice its size, and the driver copies the literal.
constexpr std::size_t largest_row = 192u << 20;
constexpr std::size_t postgresql_rows = 10'000;
constexpr std::string_view hex_digits = "0123456789abcdef";

/// Appends `value` as an element of an array literal.
void append_element(std::string& out, const value_view& value) {
  switch (value.kind) {
    case value_kind::null:
      out += "NULL";
      return;
    case value_kind::boolean:
    case value_kind::integer:
    case value_kind::date:
    case value_kind::uuid:
      out += value.bytes;
      return;  // nothing in them needs quotes
    case value_kind::binary:
      out += R"("\\x)";
      for (const char c : value.bytes) {
        out.push_back(hex_digits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(hex_digits[static_cast<unsigned char>(c) & 0xf]);
      }
      out.push_back('"');
      return;
    default:
      break;
  }
  out.push_back('"');
  auto rest = value.bytes;
  for (auto at = rest.find_first_of(R"("\)"); at != std::string_view::npos;
       at = rest.find_first_of(R"("\)")) {
    out.append(rest.substr(0, at)).push_back('\\');
    out.push_back(rest[at]);
    rest.remove_prefix(at + 1);
  }
  out.append(rest).push_back('"');
}

class postgresql_writer final : public table_writer {
 public:
  postgresql_writer(odbc::connection& connection, const table_layout& layout)
      : connection_(connection),
        layout_(layout),
        parts_(connection, layout),
        arrays_(layout.columns.size()) {}

  std::vector<std::uint32_t> write(const rows_view& rows) override {
    const bool updates = layout_.mode == sync_mode::update;
    if (!write_) write_ = connection_.prepare(updates ? update_sql() : insert_sql());
    const auto written = run(*write_, 0, rows);
    if (updates) {
      auto missing = fetch_positions(*write_);
      if (!missing.empty()) look_for_missing(rows, missing);
      return missing;
    }
    if (counts_fewer(written, rows) && found(rows, leaves_rows()) < rows.size()) throw kept_out();
    return {};
  }
  std::vector<std::uint32_t> erase(const rows_view& keys) override {
    if (!erase_) erase_ = connection_.prepare(erase_sql());
    if (!counts_fewer(run(*erase_, bind_assigned(*erase_, layout_), keys), keys)) return {};
    if (!left_) left_ = connection_.prepare(left_sql());
    bind_assigned(*left_, layout_, keys.width());
    run(*left_, 0, keys);
    return fetch_positions(*left_);
  }
  bool rewrite_any_row() override {
    connection_.execute(parts_.rewrite_sql(on_conflict()));
    return layout_.mode != sync_mode::append && has_rows(connection_, layout_);
  }
  void erase_nothing() override { connection_.execute(parts_.erase_nothing_sql()); }
  bool can_check_deferred() const override { return true; }
  void check_deferred() override {
    connection_.execute("SET CONSTRAINTS ALL IMMEDIATE");  // checks those that waited
    connection_.execute("SET CONSTRAINTS ALL DEFERRED");
  }

  std::size_t write_limit(const rows_view& rows) const override { return limit(rows); }
  std::size_t erase_limit(const rows_view& keys) const override { return limit(keys); }
  byte_count max_row_bytes() const override { return byte_count(largest_row); }

 private:
  static bool counts_fewer(std::int64_t count, const rows_view& rows) {
    return count < static_cast<std::int64_t>(rows.size());
  }

  /// Rows that exist already stay as they are.
  [[nodiscard]] bool leaves_rows() const {
    return layout_.mode == sync_mode::insert ||
           (parts_.others().empty() && layout_.mode != sync_mode::append);
  }

  /// How many of the rows are in the table, with the same values or with any.
  std::size_t found(const rows_view& rows, bool any_values) {
    auto& look = any_values ? look_for_keys_ : look_for_rows_;
    if (!look) look = connection_.prepare(look_sql(any_values));
    run(*look, 0, rows);
    const auto positions = fetch_positions(*look);
    return positions.size();
  }

  /// A trigger can also prevent the update of an existing row, or change it; such a row is not
  /// missing. Leaves the missing rows in `missing`; throws `kept_out` if other rows are not as they
  /// were sent.
  void look_for_missing(const rows_view& rows, std::vector<std::uint32_t>& missing) {
    if (found(rows, true) == rows.size() - missing.size()) return;
    if (rows.size() > 1 || found(rows, false) == 0) throw kept_out();
    missing.clear();
  }

  /// `first`: the number of the rows' first parameter. Returns the count of rows.
  std::int64_t run(odbc::statement& statement, std::size_t first, const rows_view& rows) {
    for (std::size_t c = 0; c < rows.width(); ++c) {
      auto& array = arrays_[c];
      array = "{";
      for (std::size_t r = 0; r < rows.size(); ++r) {
        if (r > 0) array.push_back(',');
        append_element(array, rows.at(r, c));
      }
      array.push_back('}');
      statement.bind(first + c, {value_kind::text, array});
    }
    const auto count = statement.execute();
    for (auto& array : arrays_)
      if (array.capacity() > postgresql_statement_bytes) std::string().swap(array);
    return count;
  }

  /// The result of a query for numbers of rows, which count from 1.
  static std::vector<std::uint32_t> fetch_positions(odbc::statement& statement) {
    std::vector<std::uint32_t> positions;
    while (statement.fetch()) {
      const auto number = statement.cell(0).value_or("");
      std::uint32_t position = 0;
      std::from_chars(number.data(), number.data() + number.size(), position);
      positions.push_back(position - 1);
    }
    statement.close();
    return positions;
  }

  /// At most: each byte of a value may need a backslash, or is two digits.
  static std::size_t literal_bytes(const rows_view& rows, std::size_t row) {
    constexpr std::size_t around = 6;
    return 2 * row_bytes(rows, row) + around * rows.width();
  }

  static std::size_t limit(const rows_view& rows) {
    std::size_t bytes = 0, count = 0;
    while (count < rows.size() && count < postgresql_rows) {
      bytes += literal_bytes(rows, count);
      if (count > 0 && bytes > postgresql_statement_bytes) break;
      ++count;
    }
    return count;
  }

  /// See target_column. (Text for all columns would do, but casting each value costs the server
  /// half as much again.)
  [[nodiscard]] bool travels_as_text(std::size_t column) const {
    return layout_.columns[column].travels_as_text;
  }

  /// `unnest(?::bigint[], ...) AS u(v0, ...)`: parameter i holds the values of `columns[i]`.
  [[nodiscard]] std::string unnested(const std::vector<std::size_t>& columns,
                                     bool numbered = false) const {
    const auto parameter = [&](std::size_t i) {
      const auto c = columns[i];
      return "?::" + (travels_as_text(c) ? "text" : layout_.columns[c].type) + "[]";
    };
    const auto alias = [](std::size_t i) { return "v" + std::to_string(i); };
    return "unnest(" + listed(columns.size(), ", ", parameter) + ")" +
           (numbered ? " WITH ORDINALITY" : "") + " AS u(" + listed(columns.size(), ", ", alias) +
           (numbered ? ", n)" : ")");
  }

  struct unnested_from {
    std::size_t parameter;
    std::size_t column;
  };

  [[nodiscard]] std::string unnested_value(unnested_from from) const {
    auto value = "u.v" + std::to_string(from.parameter);
    if (!travels_as_text(from.column)) return value;
    return "CAST(" + value + " AS " + layout_.columns[from.column].type + ")";
  }
  /// Of a statement whose parameters are all columns.
  [[nodiscard]] std::string unnested_value(std::size_t column) const {
    return unnested_value({.parameter = column, .column = column});
  }

  [[nodiscard]] std::vector<std::size_t> all_columns() const {
    std::vector<std::size_t> all(layout_.columns.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  /// `t.id = u.v0 AND ...`: key column k comes from parameter `parameter_of(k)`.
  template <class ParameterOf>
  [[nodiscard]] std::string same_key(ParameterOf&& parameter_of) const {
    return listed(layout_.keys.size(), " AND ", [&](std::size_t k) {
      return "t." + parts_.name(layout_.keys[k]) + " = " +
             unnested_value({.parameter = parameter_of(k), .column = layout_.keys[k]});
    });
  }

  std::string insert_sql() const {
    const auto all = all_columns();
    return "INSERT INTO " + layout_.table + " (" + parts_.all_names() + ") SELECT " +
           listed(all.size(), ", ", [&](std::size_t c) { return unnested_value(c); }) + " FROM " +
           unnested(all) + on_conflict();
  }

  std::string on_conflict() const {
    if (layout_.mode == sync_mode::append) return {};
    const auto sql = " ON CONFLICT (" + parts_.key_names() + ") DO ";
    if (layout_.mode == sync_mode::insert || parts_.others().empty()) return sql + "NOTHING";
    return sql + "UPDATE SET " + parts_.each_other(", ", [&](std::size_t c) {
      return parts_.name(c) + " = EXCLUDED." + parts_.name(c);
    });
  }

  /// The statement returns the numbers, from 1, of rows that it did not find. The rows are kept in
  /// a CTE, since they are read twice and must be the same both times.
  std::string update_sql() const {
    return "WITH given AS MATERIALIZED (SELECT * FROM " + unnested(all_columns(), true) +
           "), done AS (UPDATE " + layout_.table + " AS t SET " +
           parts_.each_other(
               ", ", [&](std::size_t c) { return parts_.name(c) + " = " + unnested_value(c); }) +
           " FROM given AS u WHERE " + same_key([&](std::size_t k) { return layout_.keys[k]; }) +
           " RETURNING u.n) SELECT n FROM given WHERE n NOT IN (SELECT n FROM done) ORDER BY n";
  }

  std::string erase_sql() const {
    const auto rows =
        unnested(layout_.keys) + " WHERE " + same_key([](std::size_t k) { return k; });
    if (layout_.on_delete.empty()) return "DELETE FROM " + layout_.table + " AS t USING " + rows;
    return "UPDATE " + layout_.table + " AS t SET " +
           parts_.each_assigned(", ",
                                [&](const assigned_value& x) {
                                  return parts_.name(x.column) + " = CAST(? AS " +
                                         layout_.columns[x.column].type + ")";
                                }) +
           " FROM " + rows;
  }

  /// Compares the table's value with the parameter of the column. Types without equality, such as
  /// json, are compared as texts; others by their own type, since 1.0 equals 1.00.
  [[nodiscard]] std::string same_value(std::size_t c) const {
    const auto& column = layout_.columns[c];
    const auto name = "t." + parts_.name(c);
    auto value = unnested_value(c);
    if (column.family == column_family::any || column.family == column_family::json)
      return name + "::text IS NOT DISTINCT FROM (" + value + ")::text";
    const auto& type = column.type;
    if (column.second_digits < 6 && type.starts_with("time")) {
      const auto word = type.find(' ');
      value = "CAST(" + value + " AS " + type.substr(0, word) + "(" +
              std::to_string(column.second_digits) + ")" +
              (word == std::string::npos ? "" : type.substr(word)) + ")";
    }
    return name + " IS NOT DISTINCT FROM " + value;
  }

  /// The numbers, from 1, of the rows that are there, with the same values or with any.
  std::string look_sql(bool any_values) const {
    std::string same =
        layout_.keys.empty() ? "" : same_key([&](std::size_t k) { return layout_.keys[k]; });
    if (!any_values) {
      if (!same.empty() && !parts_.others().empty()) same += " AND ";
      same += parts_.each_other(" AND ", [&](std::size_t c) { return same_value(c); });
    }
    return "SELECT u.n FROM " + unnested(all_columns(), true) + " WHERE EXISTS (SELECT 1 FROM " +
           layout_.table + " AS t WHERE " + same + ") ORDER BY u.n";
  }

  /// The numbers, from 1, of the rows that a delete left as they were.
  std::string left_sql() const {
    auto sql = "SELECT u.n FROM " + unnested(layout_.keys, true) + " WHERE EXISTS (SELECT 1 FROM " +
               layout_.table + " AS t WHERE " + same_key([](std::size_t k) { return k; });
    if (!layout_.on_delete.empty())
      sql += " AND (" + parts_.each_assigned(" OR ", [&](const assigned_value& x) {
        return "t." + parts_.name(x.column) + "::text IS DISTINCT FROM CAST(? AS " +
               layout_.columns[x.column].type + ")::text";
      }) + ")";
    return sql + ") ORDER BY u.n";
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  std::vector<std::string> arrays_;  ///< parameters of the statement that runs; kept for capacity
  std::optional<odbc::statement> write_;
  std::optional<odbc::statement> erase_;
  std::optional<odbc::statement> look_for_rows_;
  std::optional<odbc::statement> look_for_keys_;
  std::optional<odbc::statement> left_;  ///< after a delete
};

}  // namespace

std::unique_ptr<table_writer> make_postgresql_writer(odbc::connection& connection,
                                                     const table_layout& layout) {
  return std::make_unique<postgresql_writer>(connection, layout);
}

}  // namespace sluice::destinations
