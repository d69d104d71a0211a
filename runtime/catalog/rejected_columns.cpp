#include "runtime/catalog/rejected_columns.hpp"

#include <array>

#include "runtime/catalog/row_key.hpp"

namespace sluice::catalog {
namespace {

constexpr std::array<std::string_view, 11> names_of_columns{
    "row_key", "operation", "reason",      "attempts",   "first_at", "last_at",
    "status",  "key_hash",  "fingerprint", "packed_key", "in_doubt"};

/// The operation of this name; refuses the cell that was read last if there is none.
operation operation_of(std::string_view word, const cell_reader& cells) {
  for (const auto op : {operation::insert, operation::update, operation::erase})
    if (to_string(op) == word) return op;
  cells.refuse("the hash of a row that was never offered");
}

}  // namespace

std::span<const std::string_view> rejected_columns() { return names_of_columns; }

rejected_row read_rejected(cell_reader& cells) {
  rejected_row row;
  row.key = json_of(cells.text());
  row.operation = cells.text();
  row.reason = cells.text();
  row.attempts = static_cast<std::uint32_t>(cells.count());
  row.first_at = cells.time();
  row.last_at = cells.time();
  if (const auto status = cells.optional_number()) row.status = static_cast<int>(*status);
  const auto key_hash = cells.optional_hash();
  const auto fingerprint = cells.optional_hash();
  if (key_hash && fingerprint)
    row.refused = refused_delta{operation_of(row.operation, cells), *key_hash, *fingerprint};
  row.packed_key = cells.optional_bytes().value_or("");
  row.in_doubt = cells.truth();
  return row;
}

}  // namespace sluice::catalog
