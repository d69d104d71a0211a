// The keys of entries of rejected rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::catalog {

/// The key of an entry: the row's key as JSON text. Rows whose keys identify no row are numbered: `
/// #2` follows the key of the second such row (`nameless` is its number; 0 for a row with a usable
/// key). Every run counts anew, so a row that is seen again usually has the same entry.
inline std::string row_key(const std::string& key, std::uint64_t nameless) {
  return nameless < 2 ? key : key + " #" + std::to_string(nameless);
}

/// The JSON text without the number. No JSON text ends as the number does.
inline std::string_view json_of(std::string_view row_key) {
  const auto digits = row_key.find_last_not_of("0123456789");
  const bool numbered = digits != std::string_view::npos && digits > 0 &&
                        digits + 1 < row_key.size() && row_key.substr(digits - 1, 2) == " #";
  return numbered ? row_key.substr(0, digits - 1) : row_key;
}

}  // namespace sluice::catalog
