// Brings values into the form that a column stores unchanged.
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
/// A value that the database would store differently is a problem of the row, since databases round
/// numbers, cut blanks and fractions, fold letters, and guess the meaning of texts without an
/// error. Values that the database itself refuses, such as a number that is too large or a day that
/// no calendar has, are left to it; so are texts for JSON and for types not known here. Two changes
/// are allowed: blanks at the end, which a column of fixed length drops or adds, and digits of the
/// second of a time (not of a text) for which the column has no room; the layout warns of these.
class column_converter {
 public:
  column_converter(odbc::product product, std::vector<target_column> columns);

  /// Replaces `value` by its form for the column at `position`, valid until `next_batch`. False if
  /// the column cannot hold the value: `problem` says why.
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
