// The types of values.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"  // a scoped enumerator shadows no type of its name

/// The type of one value. The numbers are part of the ledger's format: append, never reorder.
enum class value_kind : std::uint8_t {
  null = 0,
  boolean,    ///< "1" or "0"
  integer,    ///< decimal digits with an optional leading '-', of any size
  decimal,    ///< exact number text as the database gave it
  real,       ///< shortest text that reads back as the same double; "NaN", "Infinity", "-Infinity"
  text,       ///< valid UTF-8
  json,       ///< a valid JSON text
  binary,     ///< raw bytes
  date,       ///< YYYY-MM-DD
  time,       ///< HH:MM:SS[.ffffff]
  timestamp,  ///< YYYY-MM-DDTHH:MM:SS[.ffffff], no zone
  timestamp_tz,  ///< the same in UTC with a trailing Z
  uuid,          ///< 8-4-4-4-12 lower-case hexadecimal digits
};

#pragma GCC diagnostic pop

/// For example `timestamp_tz`; used in error texts and in `preview`.
std::string_view to_string(value_kind kind);

}  // namespace sluice
