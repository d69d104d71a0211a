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

/// What kinds of values a column can hold; `any` where the database does not say or does not mind.
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
  /// Digits that a number column keeps behind the point, below zero if it rounds before it; nothing
  /// if it does not round. Money: nothing if its locale writes it other than -$1,234.50.
  std::optional<int> scale;
  /// Digits that a time, timestamp or interval column keeps of the second.
  int second_digits = 6;
  /// Characters of a text column, bytes of a binary one, digits of a number, bits of bit(n);
  /// nothing if the database sets no limit.
  std::optional<int> length;
  bool length_in_bytes = false;  ///< `length` of a text column is one of bytes (UTF-8)
  bool pads = false;             ///< of fixed length: blanks (binary: zeros) at the end say nothing
  bool single_precision = false;  ///< a number column that keeps a 4-byte float
  bool double_precision = false;  ///< a number column that keeps an 8-byte one
  bool wraps_negative = false;    ///< a number column that makes large ones of those below zero
  int year_digits = 0;            ///< of MariaDB's YEAR: 4, rarely 2; 0 in other columns
  bool has_zone = false;          ///< a time or timestamp column that reads the zone in a text
  bool drops_fields = false;      ///< an interval column that keeps some of its fields only
  /// Of MariaDB's ENUM and SET, whose texts are words of a list: it in its order.
  std::vector<std::string> labels;
  bool is_set = false;  ///< several labels at once
  bool nullable = true;
  bool has_default = false;  ///< or the database generates the value
  bool generated = false;    ///< may not be written
  /// Texts that differ in a letter's case or in trailing blanks are the same key here.
  bool folds_text = false;
  /// PostgreSQL: values cannot be elements of an array of the type that unnest takes apart.
  bool travels_as_text = false;
  /// SQLite: stores what looks like a number as one, a double at most (`double_precision`: always).
  bool makes_numbers = false;
  bool makes_texts = false;  ///< SQLite: stores numbers as texts
  /// What the elements of an array column are; nothing in other columns.
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

  /// By its exact name; else, where the database ignores case, by any spelling. Null if missing.
  [[nodiscard]] const target_column* find(std::string_view column) const;

  bool ignores_case = false;  ///< of column names
};

/// Asks the catalogue. Nothing if there is no such table. Throws odbc_error.
std::optional<target_table> describe_table(odbc::connection& connection, const std::string& name);

}  // namespace sluice::destinations
