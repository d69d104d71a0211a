#include "runtime/destinations/table/value_exchange.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "runtime/destinations/table/batch_transaction.hpp"
#include "runtime/destinations/table/parked_value.hpp"
#include "runtime/destinations/table/table_errors.hpp"
#include "runtime/destinations/table/table_writer_factory.hpp"

namespace sluice::destinations {
namespace {

/// After so many attempts the exchange gives up, and nothing is written.
constexpr int most_attempts = 20;

/// A column of the index whose value can be replaced, since it is written afterwards.
std::optional<assigned_value> value_to_park(const table_layout& layout, const unique_key& index,
                                            std::mt19937_64& random) {
  std::optional<assigned_value> found;
  for (const auto& name : index.columns) {
    for (std::size_t c = 0; c < layout.columns.size(); ++c) {
      if (layout.columns[c].name != name || layout.is_key(c)) continue;
      auto value = parked_value(layout, c, random);
      if (value && (!found || value->kind == value_kind::null)) found = std::move(value);
    }
  }
  return found;
}

prepared_rows part_of(const prepared_rows& all, const std::vector<std::uint32_t>& indices) {
  prepared_rows out;
  out.width = all.width;
  for (std::size_t r = 0; r < all.size(); ++r) {
    if (!std::binary_search(indices.begin(), indices.end(), all.indices[r])) continue;
    out.indices.push_back(all.indices[r]);
    for (std::size_t c = 0; c < all.width; ++c) out.cells.push_back(all.view().at(r, c));
  }
  return out;
}

/// Replaces the unique values of rows, except those of the key.
class parking {
 public:
  /// REQUIRES: connected. Throws odbc_error.
  explicit parking(table_connection& target) : layout_(target.layout()) {
    layout_.on_delete.clear();
    const bool writes_all_columns = layout_.mode == sync_mode::upsert ||
                                    layout_.mode == sync_mode::mirror ||
                                    layout_.mode == sync_mode::update;
    if (!writes_all_columns) return;
    for (const auto& index : layout_.other_keys) {
      auto value = value_to_park(layout_, index, random_);
      if (!value || parks(value->column)) continue;
      same_for_all_ = same_for_all_ && value->kind == value_kind::null;
      layout_.on_delete.push_back(std::move(*value));
    }
    if (helps()) writer_ = make_table_writer(target.connection(), layout_);
  }

  /// False if no unique value outside of the key can be replaced.
  [[nodiscard]] bool helps() const { return !layout_.on_delete.empty(); }

  void park(const prepared_rows& rows) {
    const auto keys = keys_of(rows);
    for (std::size_t first = 0; first < keys.size();) {
      const auto rest = keys.view().part(first, keys.size() - first);
      const auto count = same_for_all_ ? writer_->erase_limit(rest) : 1;
      if (!same_for_all_)
        for (auto& assigned : layout_.on_delete)
          assigned = parked_value(layout_, assigned.column, random_).value();
      writer_->erase(rest.part(0, count));
      first += count;
    }
  }

 private:
  [[nodiscard]] bool parks(std::size_t column) const {
    return std::any_of(layout_.on_delete.begin(), layout_.on_delete.end(),
                       [&](const assigned_value& x) { return x.column == column; });
  }

  [[nodiscard]] prepared_rows keys_of(const prepared_rows& rows) const {
    prepared_rows keys;
    keys.width = layout_.keys.size();
    keys.indices = rows.indices;
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (const auto k : layout_.keys) keys.cells.push_back(rows.view().at(r, k));
    return keys;
  }

  std::mt19937_64 random_{std::random_device{}()};
  table_layout layout_;  ///< a layout in which a delete replaces the unique values of a row
  bool same_for_all_ = true;
  std::unique_ptr<table_writer> writer_;
};

/// Writes as many of `rows` as can be written together. Returns these rows and the end of the
/// transaction.
std::pair<prepared_rows, transaction_end> write_together(table_connection& target, parking& place,
                                                         const prepared_rows& rows) {
  prepared_batch part;
  part.writes = rows;
  transaction_end end;
  for (int attempt = 0; attempt < most_attempts && part.size() > 0; ++attempt) {
    batch_transaction transaction(target.connection(), target.writer(), blame::any_refusal);
    end = transaction.run_whole(part, [&] { place.park(part.writes); });
    if (end.what != transaction_end::how::refused) return {std::move(part.writes), std::move(end)};
    if (end.rejected.empty()) break;
    auto rest = part.writes.indices;
    std::erase_if(rest, [&](std::uint32_t index) {
      return std::any_of(end.rejected.begin(), end.rejected.end(),
                         [&](const rejection& r) { return r.index == index; });
    });
    std::sort(rest.begin(), rest.end());
    part.writes = part_of(rows, rest);
  }
  return {{}, std::move(end)};
}

}  // namespace

void exchange_values(table_connection& target, const prepared_batch& rows, batch_outcome& outcome) {
  for (const auto index : rows.erases.indices) outcome.fates[index] = fate::rejected;
  for (const auto index : rows.writes.indices) outcome.fates[index] = fate::rejected;
  try {
    target.reconnect_if_lost();
    parking place(target);
    if (!place.helps()) return;
    const auto [written, end] = write_together(target, place, rows.writes);
    const bool committed = end.what == transaction_end::how::committed;
    for (const auto index : written.indices)
      outcome.fates[index] = committed ? fate::delivered : fate::unknown;
    if (end.what == transaction_end::how::doubtful)
      outcome.failed = table_failure(*end.reason, "commit to table", target.table()).info();
  } catch (const odbc::odbc_error&) {
    // Nothing was written: the rows keep their known reasons.
  }
}

}  // namespace sluice::destinations
