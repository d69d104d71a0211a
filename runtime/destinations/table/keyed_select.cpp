#include "runtime/destinations/table/keyed_select.hpp"

#include <algorithm>

#include "messages/expect.hpp"
#include "runtime/destinations/table/same_value.hpp"

namespace sluice::destinations {
namespace {

odbc::statement prepared(odbc::connection& connection, const table_layout& layout) {
  expect(!layout.keys.empty(), "look for row", "a table with a key");
  const statement_parts parts(connection, layout);
  const auto equal = [&](std::size_t c) { return parts.name(c) + " = ?"; };
  return connection.prepare("SELECT " + parts.all_names() + " FROM " + layout.table + " WHERE " +
                            parts.each_key(" AND ", equal));
}

}  // namespace

keyed_select::keyed_select(odbc::connection& connection, const table_layout& layout)
    : layout_(layout), statement_(prepared(connection, layout)) {}

keyed_select::answer keyed_select::run(const std::vector<value_view>& key) {
  expect(key.size() == layout_.keys.size(), "look for row", "a value for each column of the key");
  for (std::size_t k = 0; k < key.size(); ++k) statement_.bind(k, key[k]);
  statement_.execute();
  answer out;
  while (statement_.fetch()) {
    bool same = out.what == found::nothing;  // the first row
    for (std::size_t k = 0; k < key.size(); ++k)
      same = same && is_same_value(key[k], statement_.cell(layout_.keys[k]));
    out.what = same ? found::row : found::others;
    out.cells.clear();
    for (std::size_t c = 0; same && c < layout_.columns.size(); ++c) {
      const auto cell = statement_.cell(c);
      out.cells.push_back(cell ? std::optional<std::string>(*cell) : std::nullopt);
    }
    if (!same) break;
  }
  statement_.close();
  return out;
}

std::vector<value_view> key_of(const table_layout& layout, const rows_view& rows, std::size_t r) {
  std::vector<value_view> key;
  for (const auto k : layout.keys) key.push_back(rows.at(r, k));
  return key;
}

}  // namespace sluice::destinations
