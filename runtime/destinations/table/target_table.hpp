// The table that a destination writes to, as the database describes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// The kinds of values that a column can hold; `any` if the database does not say, or takes all.
enum class column_family : std::uint8_t {
  any,
  boolean,
  number,
  text,
  binary,
  bits,        ///< MariaDB's bit(n): a number
  bit_string,  ///< PostgreSQL's bit(n) and bit varying(n): a text of zeros and ones
  date,
  time,
  timestamp,
  interval,  ///< PostgreSQL's
  money,     ///< PostgreSQL's
  uuid,
  json,
};

struct target_column {
  std::string name;
  std::string type;  ///< as the database writes it; PostgreSQL: without the length, for casts
  column_family family = column_family::any;
  /// Digits that a number column keeps behind the point, negative if it rounds in front of the
  /// point; nothing if it does not round. Money: nothing if its locale has another form than
  /// -$1,234.50.
  std::optional<int> scale;
  /// Digits that a time, timestamp or interval column keeps of the second.
  int second_digits = 6;
  /// Characters of a text column, bytes of a binary one, digits of a number, bits of bit(n);
  /// nothing if the database sets no limit.
  std::optional<int> length;
  bool length_in_bytes = false;  ///< `length` of a text column counts bytes (UTF-8)
  /// Of fixed length: blanks (binary: zeros) at the end are not significant.
  bool pads = false;
  bool single_precision = false;  ///< a number column that keeps a 4-byte float
  bool double_precision = false;  ///< a number column that keeps an 8-byte one
  bool wraps_negative = false;    ///< a number column that turns negative numbers into large ones
  int year_digits = 0;            ///< of MariaDB's YEAR: 4, rarely 2; 0 in other columns
  bool has_zone = false;          ///< a time or timestamp column that reads the zone in a text
  bool drops_fields = false;      ///< an interval column that keeps some of its fields only
  /// The labels of MariaDB's ENUM or SET, in their order.
  std::vector<std::string> labels;
  bool is_set = false;  ///< several labels at once
  bool nullable = true;
  bool has_default = false;  ///< or the database generates the value
  bool generated = false;    ///< may not be written
  /// Texts that differ in a letter's case or in trailing blanks are the same key here.
  bool folds_text = false;
  /// PostgreSQL: unnest cannot take apart an array of this type, so values are sent as text.
  bool travels_as_text = false;
  /// SQLite: stores a text that looks like a number as a number, at most a double
  /// (`double_precision`: always a double).
  bool makes_numbers = false;
  bool makes_texts = false;  ///< SQLite: stores numbers as texts
  /// The elements of an array column; nothing in other columns.
  std::shared_ptr<const target_column> element;
};

/// A unique index without conditions or expressions.
struct unique_key {
  std::string name;
  std::vector<std::string> columns;
};

struct target_table {
  std::string name;      ///< as configured
  std::string sql_name;  ///< quoted
  std::vector<target_column> columns;
  std::vector<unique_key> keys;
  bool keys_known = true;  ///< false: the database cannot be asked about unique indexes

  /// Finds a column by its exact name; else, if the database ignores case, by any spelling. Null if
  /// missing.
  [[nodiscard]] const target_column* find(std::string_view column) const;

  bool ignores_case = false;  ///< of column names
};

/// Reads the catalogue. Nothing if there is no such table. Throws odbc_error.
std::optional<target_table> describe_table(odbc::connection& connection, const std::string& name);

}  // namespace sluice::destinations
