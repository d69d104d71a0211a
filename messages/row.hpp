// Typed values and the packed row: the one form in which a row is fingerprinted, carried to the
// writers and rendered by a destination.
//
// Packed form, one value after another: kind (1 byte), then length (LEB128) and bytes; a null has
// neither. Kinds and lengths are hashed, too, so NULL, "" and 0 differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// One value. `bytes` is the canonical text of its kind (see value_kind) and is owned elsewhere.
struct value_view {
  value_kind kind = value_kind::null;
  std::string_view bytes;

  bool operator==(const value_view&) const = default;
};

/// Appends one value to a packed row. Pure; never fails but for memory.
void append_value(std::string& packed, value_kind kind, std::string_view bytes);
inline void append_value(std::string& packed, value_view value) {
  append_value(packed, value.kind, value.bytes);
}

/// Walks a packed row. The views it returns stay valid as long as the packed bytes do.
/// Throws `failure` (internal) on bytes that `append_value` cannot have written.
class row_reader {
 public:
  explicit row_reader(std::string_view packed) : rest_(packed) {}

  /// The next value, or nothing at the end of the row.
  std::optional<value_view> next();

 private:
  std::string_view rest_;
};

/// All values of a packed row; views into `packed`.
std::vector<value_view> unpack(std::string_view packed);

}  // namespace sluice
