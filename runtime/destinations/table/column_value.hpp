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
/// - Booleans are 1 and 0, in a text or JSON column `true` and `false`, in MariaDB's bit a byte.
/// - Every database but PostgreSQL gets timestamps without T and Z; the session's zone is UTC.
/// - NaN and infinity go to PostgreSQL as they are; elsewhere they become NULL and are counted.
/// - A column of whole numbers gets them without point and exponent: 5.00 is 5.
///
/// What the database would store as something else is a problem of the row, for instead of an error
/// it rounds numbers, cuts blanks and fractions, folds letters, and guesses what a text means. What
/// it refuses by itself, such as a number that is too large or a day that no calendar has, is left
/// to it; so are texts for JSON and for types not known here. Two things are let through changed:
/// blanks at the end that a column of fixed length drops or adds, and digits of the second of a
/// time (not of a text) that the column has no room for, which the layout warns of.
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
  bool convert_for(const target_column& column, value_view& value);
  bool convert_by_family(const target_column& column, value_view& value);
  bool convert_text(const target_column& column, value_view& value);
  bool convert_number(const target_column& column, value_view& value);
  bool fit_scale(const target_column& column, value_view& value);
  bool fit_year(const target_column& column, value_view& value);
  bool convert_money(const target_column& column, value_view& value);
  bool convert_bits(const target_column& column, value_view& value);
  bool check_bit_string(const target_column& column, value_view value);
  bool check_date(const target_column& column, value_view value);
  bool check_interval(const target_column& column, value_view value);
  bool check_boolean(const target_column& column, value_view value);
  bool check_uuid(const target_column& column, value_view value);
  bool check_elements(const target_column& column, value_view value);
  bool convert_time(const target_column& column, value_view& value);
  bool convert_time_text(const target_column& column, value_view& value);
  bool convert_for_sqlite(const target_column& column, value_view& value);
  bool convert_number_for_sqlite(const target_column& column, value_view& value);

  bool refuse(const target_column& column, std::string_view why);
  bool refuse_kind(const target_column& column, std::string_view holds, value_view value);
  void use_blank_for_t(value_view& value);

  const odbc::product product_;
  const std::vector<target_column> columns_;
  text_arena texts_;
  std::string problem_;
  std::uint64_t nonfinite_ = 0;
};

}  // namespace sluice::destinations
