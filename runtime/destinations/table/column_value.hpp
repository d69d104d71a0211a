// Values in the form that a column of a certain database takes, and takes without changing them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/row.hpp"
#include "runtime/destinations/table/target_table.hpp"
#include "runtime/destinations/table/text_arena.hpp"

namespace sluice::destinations {

/// Converts values for the columns of one table.
///
/// - Booleans are 1 and 0, in a text column `true` and `false`, in MariaDB's bit a byte.
/// - Every database but PostgreSQL gets timestamps without T and Z; the session's zone is UTC.
/// - NaN and infinity go to PostgreSQL as they are; elsewhere they become NULL and are counted.
/// - What the database would store as something else is a problem of the row: text with NUL; more
///   decimal places than the column has (PostgreSQL and MariaDB round); in SQLite numbers that only
///   a double would hold, and texts that it would turn into numbers.
class column_converter {
 public:
  column_converter(odbc::product product, std::vector<target_column> columns);

  /// Replaces `value` by the form for the column at `position`; it stays valid until `next_batch`.
  /// False if the column cannot hold it: `problem` says why.
  bool convert(std::size_t position, value_view& value);
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// Frees the texts made so far.
  void next_batch() { texts_.clear(); }

  /// NaN and infinities that became NULL so far.
  [[nodiscard]] std::uint64_t nonfinite() const { return nonfinite_; }

 private:
  bool convert_for_mariadb(const target_column& column, value_view& value);
  bool convert_for_sqlite(const target_column& column, value_view& value);
  bool check_scale(const target_column& column, value_view value);
  bool refuse(const target_column& column, std::string_view why);
  void use_blank_for_t(value_view& value);

  const odbc::product product_;
  const std::vector<target_column> columns_;
  text_arena texts_;
  std::string problem_;
  std::uint64_t nonfinite_ = 0;
};

}  // namespace sluice::destinations
