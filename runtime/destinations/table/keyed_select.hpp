// SELECT of one row by its key. The result is compared, not only counted: a driver may send another
// key than it was given, and the column may take different keys for equal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/destinations/table/statement_parts.hpp"
#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {

class keyed_select {
 public:
  enum class found : std::uint8_t {
    nothing,
    row,     ///< one row, which has the key
    others,  ///< rows of other keys, or several
  };
  struct answer {
    found what = found::nothing;
    /// Of `row`: the cells of all columns of the layout; nothing for NULL.
    std::vector<std::optional<std::string>> cells;
  };

  /// Prepared at once. Both arguments must outlive it. REQUIRES: the layout has a key.
  keyed_select(odbc::connection& connection, const table_layout& layout);

  /// `key` holds the key's values, in the order of the layout's keys. Throws odbc_error.
  answer run(const std::vector<value_view>& key);

 private:
  const table_layout& layout_;
  odbc::statement statement_;
};

/// The key of row `r` of `rows`; the rows have all columns of `layout`.
std::vector<value_view> key_of(const table_layout& layout, const rows_view& rows, std::size_t r);

/// Why nothing may be written if `keyed_select` found other rows.
inline constexpr auto other_rows_reason =
    "the database finds other rows by this key, or several: its column or its driver takes "
    "different keys for equal";

}  // namespace sluice::destinations
