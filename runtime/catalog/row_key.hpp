// What tells the entries of rejected rows apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::catalog {

/// The key of an entry: the row's key as JSON text, and ` #2` behind that of the second row whose
/// key names none (`nameless`: which one it is; 0 for a row that its key names). They are counted
/// anew by every run, so that a row that is met again is usually the same entry.
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
