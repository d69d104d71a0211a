// PostgreSQL: each column of all rows is one array parameter, taken apart by unnest. One statement
// text serves every number of rows, and there are as many parameters as columns.
#include <numeric>
#include <optional>

#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {
namespace {

constexpr std::size_t max_statement_bytes = 16u << 20;
constexpr std::size_t max_rows = 10'000;
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

  void upsert(const rows_view& rows) override {
    if (!upsert_) upsert_ = connection_.prepare(upsert_sql());
    run(*upsert_, rows);
  }
  void erase(const rows_view& keys) override {
    if (!erase_) erase_ = connection_.prepare(erase_sql());
    run(*erase_, keys);
  }

  std::size_t upsert_limit(const rows_view& rows) const override { return limit(rows); }
  std::size_t erase_limit(const rows_view& keys) const override { return limit(keys); }

 private:
  void run(odbc::statement& statement, const rows_view& rows) {
    for (std::size_t c = 0; c < rows.width(); ++c) {
      auto& array = arrays_[c];
      array = "{";
      for (std::size_t r = 0; r < rows.size(); ++r) {
        if (r > 0) array.push_back(',');
        append_element(array, rows.at(r, c));
      }
      array.push_back('}');
      statement.bind(c, {value_kind::text, array});
    }
    statement.execute();
  }

  static std::size_t limit(const rows_view& rows) {
    std::size_t bytes = 0, count = 0;
    while (count < rows.size() && count < max_rows) {
      bytes += row_bytes(rows, count);
      if (count > 0 && bytes > max_statement_bytes) break;
      ++count;
    }
    return count;
  }

  /// An array of arrays would be flattened by unnest: such values travel as text. (Text for all
  /// columns would do, but casting each value costs the server half as much again.)
  [[nodiscard]] bool travels_as_text(std::size_t column) const {
    return layout_.columns[column].type.ends_with("[]");
  }

  /// `unnest(?::bigint[], ...) AS u(v0, ...)`: parameter i holds the values of `columns[i]`.
  [[nodiscard]] std::string unnested(const std::vector<std::size_t>& columns) const {
    const auto parameter = [&](std::size_t i) {
      const auto c = columns[i];
      return "?::" + (travels_as_text(c) ? "text" : layout_.columns[c].type) + "[]";
    };
    const auto alias = [](std::size_t i) { return "v" + std::to_string(i); };
    return "unnest(" + listed(columns.size(), ", ", parameter) + ") AS u(" +
           listed(columns.size(), ", ", alias) + ")";
  }

  [[nodiscard]] std::string unnested_value(std::size_t parameter, std::size_t column) const {
    auto value = "u.v" + std::to_string(parameter);
    if (!travels_as_text(column)) return value;
    return "CAST(" + value + " AS " + layout_.columns[column].type + ")";
  }

  std::string upsert_sql() const {
    std::vector<std::size_t> all(layout_.columns.size());
    std::iota(all.begin(), all.end(), 0);
    auto sql = "INSERT INTO " + layout_.table + " (" + parts_.all_names() + ") SELECT " +
               listed(all.size(), ", ", [&](std::size_t c) { return unnested_value(c, c); }) +
               " FROM " + unnested(all) + " ON CONFLICT (" + parts_.key_names() + ") DO ";
    if (parts_.others().empty()) return sql + "NOTHING";
    return sql + "UPDATE SET " + parts_.each_other(", ", [&](std::size_t c) {
      return parts_.name(c) + " = EXCLUDED." + parts_.name(c);
    });
  }

  std::string erase_sql() const {
    const auto& keys = layout_.keys;
    return "DELETE FROM " + layout_.table + " AS t USING " + unnested(keys) + " WHERE " +
           listed(keys.size(), " AND ", [&](std::size_t k) {
             return "t." + parts_.name(keys[k]) + " = " + unnested_value(k, keys[k]);
           });
  }

  odbc::connection& connection_;
  const table_layout& layout_;
  const statement_parts parts_;
  std::vector<std::string> arrays_;  ///< parameters of the statement that runs; kept for capacity
  std::optional<odbc::statement> upsert_;
  std::optional<odbc::statement> erase_;
};

}  // namespace

std::unique_ptr<table_writer> make_postgresql_writer(odbc::connection& connection,
                                                     const table_layout& layout) {
  return std::make_unique<postgresql_writer>(connection, layout);
}

}  // namespace sluice::destinations
