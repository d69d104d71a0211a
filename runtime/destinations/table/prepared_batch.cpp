#include "runtime/destinations/table/prepared_batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "messages/error.hpp"
#include "messages/expect.hpp"

namespace sluice::destinations {
namespace {

/// Appends the values of one delta, each for the column at `column_of(i)`. Returns why not, or "".
template <class ColumnOf>
std::string append_row(prepared_rows& rows, std::string_view packed, column_converter& converter,
                       byte_count max_row_bytes, ColumnOf&& column_of) {
  const auto begin = rows.cells.size();
  std::size_t bytes = 0;
  row_reader reader(packed);
  for (std::size_t i = 0; auto value = reader.next(); ++i) {
    if (i == rows.width || !converter.convert(column_of(i), *value)) {
      rows.cells.resize(begin);
      if (i == rows.width) break;
      return converter.problem();
    }
    bytes += value->bytes.size();
    rows.cells.push_back(*value);
  }
  if (rows.cells.size() - begin != rows.width)
    throw failure(defect("prepare row", {}, "the row does not have the shape of its run"));
  if (byte_count(bytes) <= max_row_bytes) return {};
  rows.cells.resize(begin);
  return fmt::format("the row has {} bytes, more than the {} that the database takes at once",
                     bytes, max_row_bytes.number());
}

}  // namespace

prepared_batch prepare(const batch& deltas, const table_layout& layout, column_converter& converter,
                       byte_count max_row_bytes, batch_outcome& outcome, key_order rows_order) {
  std::vector<std::uint32_t> order(deltas.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return deltas[a].key < deltas[b].key; });
  if (rows_order == key_order::descending) std::reverse(order.begin(), order.end());

  converter.next_batch();
  prepared_batch out;
  out.erases.width = layout.keys.size();
  out.writes.width = layout.columns.size();
  out.writes.cells.reserve(deltas.size() * out.writes.width);
  for (const auto index : order) {
    const auto delta = deltas[index];
    const bool erases = delta.op == operation::erase;
    auto& rows = erases ? out.erases : out.writes;
    const auto problem = erases ? append_row(rows, delta.key, converter, max_row_bytes,
                                             [&](std::size_t i) { return layout.keys[i]; })
                                : append_row(rows, delta.row, converter, max_row_bytes,
                                             [](std::size_t i) { return i; });
    if (problem.empty()) {
      rows.indices.push_back(index);
    } else {
      outcome.fates[index] = fate::rejected;
      outcome.rejections.push_back({index, problem});
    }
  }
  return out;
}

}  // namespace sluice::destinations
