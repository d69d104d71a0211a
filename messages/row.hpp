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

#include "messages/value_kind.hpp"

namespace sluice {

/// One value. `bytes` is the canonical text of its kind (see value_kind) and is owned elsewhere.
struct value_view {
  value_kind kind = value_kind::null;
  std::string_view bytes;

  bool operator==(const value_view&) const = default;
};

/// Appends one value to a packed row. Fails only for lack of memory.
void append_value(std::string& packed, value_kind kind, std::string_view bytes);
inline void append_value(std::string& packed, value_view value) {
  append_value(packed, value.kind, value.bytes);
}

/// Walks a packed row. Returned views stay valid as long as the packed bytes do. Throws `failure`
/// (internal) on bytes that `append_value` cannot have written.
class row_reader {
 public:
  explicit row_reader(std::string_view packed) : rest_(packed) {}

  /// The next value, or nothing at the end of the row.
  std::optional<value_view> next();
  /// The value that follows the text `name` in what is left of a row in which names and values take
  /// turns; NULL if none does.
  value_view value_named(std::string_view name);

 private:
  std::string_view rest_;
};

/// All values of a packed row; views into `packed`.
std::vector<value_view> unpack(std::string_view packed);

}  // namespace sluice
