// What kind of values a column has, as far as a driver tells: ODBC's codes stay in this folder.
#pragma once

#include <cstdint>

namespace sluice::odbc {

/// Widths and lengths make no other kind.
enum class column_kind : std::uint8_t {
  other,  ///< of the database's own, or of no use here (intervals)
  text,
  boolean,
  integer,
  decimal,
  real,
  date,
  time,
  timestamp,
  uuid,
  binary,
};

/// The kind of an SQL data type: the code that SQLDescribeCol answers with. Pure.
column_kind kind_of_type(std::int16_t code);

}  // namespace sluice::odbc
