// Rows of a table in a form for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/destinations/destination.hpp"
#include "runtime/json/json_row.hpp"

namespace sluice::destinations {

/// `upsert into public.customers: {"id":1,"email":"ada@example.org"}`: the action, the table, and
/// the columns with their values. For a deleted row, the key's columns, and with `on_delete` the
/// columns that it sets. One thread.
class shown_row {
 public:
  /// Throws `failure` (invalid_config) naming a key column that no field carries.
  shown_row(std::string table, const delivery_context& run);

  /// Appends the text. Returns false, and leaves a beginning of it, if it is too long to be shown
  /// (longest_rendered).
  [[nodiscard]] bool append(std::string& out, const delta_view& delta);

 private:
  std::string table_;
  std::string_view write_;  ///< how rows get there
  std::string_view erase_ = "delete from ";
  std::string erase_sets_;  ///< where deletes set columns instead: ` set {"deleted":true}`
  json_row row_;
  json_row key_;  ///< under the names of the table's columns
};

}  // namespace sluice::destinations
