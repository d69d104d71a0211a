// The table that a destination writes to, as the database describes it.
#pragma once

#include <cstdint>
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
  bits,  ///< MariaDB's bit(n)
  date,
  time,
  timestamp,
  uuid,
  json,
};

struct target_column {
  std::string name;
  std::string type;  ///< as the database writes it; PostgreSQL: without the length, for casts
  column_family family = column_family::any;
  /// Digits that a number column keeps behind the point; nothing if it does not round.
  std::optional<int> scale;
  /// Digits that a time or timestamp column keeps of the second.
  int second_digits = 6;
  /// Characters of a text column, bytes of a binary one, digits of a number, bits of bit(n);
  /// nothing if the database sets no limit.
  std::optional<int> length;
  bool pads = false;  ///< of fixed length: blanks (binary: zeros) at the end say nothing
  bool single_precision = false;  ///< a number column that keeps a 4-byte float
  bool double_precision = false;  ///< a number column that keeps an 8-byte one
  bool nullable = true;
  bool has_default = false;  ///< or the database generates the value
  bool generated = false;    ///< may not be written
  /// Texts that differ in a letter's case or in trailing blanks are the same key here.
  bool folds_text = false;
  /// PostgreSQL: values cannot be elements of an array of the type that unnest takes apart.
  bool travels_as_text = false;
  /// SQLite: stores what looks like a number as one, a double at most.
  bool makes_numbers = false;
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
