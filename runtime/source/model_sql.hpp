// Builds the SQL that reads a model. Pure: text in, text out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/diagnostics.hpp"

namespace sluice::source {

/// The name under which every built statement knows the model.
inline constexpr std::string_view model_alias = "sluice_model";

/// A SELECT in its parts. To read from a position on (a page, a cursor column) takes one more
/// condition.
struct select_statement {
  std::vector<std::string> expressions{};
  std::string relation{};
  std::vector<std::string> conditions{};  ///< all must hold
  std::vector<std::string> order{};
  std::optional<std::uint64_t> limit{};

  [[nodiscard]] std::string text() const;
};

/// `select` once for each of `parts`, with that as one more condition; as it is if there are none.
std::vector<std::string> texts_for(const select_statement& select,
                                   const std::vector<std::string>& parts);

/// `parts` with `between` between them.
std::string joined(const std::vector<std::string>& parts, std::string_view between);

/// How a model stands behind FROM: a quoted table or a query in parentheses, named `model_alias`.
std::string table_relation(std::string_view quoted_table);
std::string query_relation(std::string_view statement);
/// The same with the columns named c0, c1, ... (SQLite, MariaDB): not every real column name can be
/// used in a statement.
std::string numbered_relation(std::string_view statement, std::size_t columns);

/// One column of the key by which pages follow each other.
struct page_key {
  std::string expression{};  ///< of the column, as it is compared and ordered
  /// How a value that was read becomes a literal that compares exactly as the column does.
  enum class literal : std::uint8_t { number, text, binary } form = literal::number;
  std::string character_set{};  ///< of a text column
  std::string collation{};      ///< of a text column
};

/// `value` as a literal for `key` (MariaDB). `value` is the driver's text, of a binary key the
/// bytes.
std::string page_literal(const page_key& key, std::string_view value);

/// True for rows whose key lies behind `last` (literals, one per key column):
/// `(a > 1) OR (a = 1 AND b > 2)`, the form that MariaDB turns into index ranges.
std::string behind(const std::vector<page_key>& key, const std::vector<std::string>& last);

}  // namespace sluice::source
