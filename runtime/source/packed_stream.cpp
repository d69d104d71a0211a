#include "runtime/source/packed_stream.hpp"

#include <algorithm>
#include <memory>

#include "runtime/source/packed_row.hpp"
#include "runtime/source/postgresql_stream.hpp"
#include "runtime/source/statement_stream.hpp"

namespace sluice::source {
namespace {

/// The most that one packed cell may hold: as much as the servers can make. The limit of a single
/// cell is checked after unpacking.
constexpr byte_count packed_limit{1u << 30};

constexpr raw_cell too_large{value_kind::text, {}, true};

void mark_too_large(std::span<raw_cell> cells) {
  for (auto& cell : cells) {
    if (cell.bytes.size() > odbc::statement::max_cell_bytes) cell = too_large;
  }
}

// -- PostgreSQL -----------------------------------------------------------------------------------

class postgresql_decoder final : public row_decoder {
 public:
  explicit postgresql_decoder(record_layout layout)
      : layout_(std::move(layout)),
        packed_cells_(layout_.packed.size()),
        cells_(layout_.packed.size() + layout_.apart.size()) {}

  std::span<const raw_cell> decode(std::span<const raw_cell> fetched) override {
    const auto text = fetched[0].bytes;
    // Of a shortened row; see shortened_record_sql.
    const auto flags = text.substr(0, text.find('('));
    if (fetched[0].too_large) {
      std::fill(packed_cells_.begin(), packed_cells_.end(), too_large);
    } else {
      unpack_record(text.substr(flags.size()), packed_cells_, arena_);
    }
    for (std::size_t i = 0; i < packed_cells_.size(); ++i)
      cells_[layout_.packed[i]] = packed_cells_[i];
    for (std::size_t i = 0; i < layout_.apart.size(); ++i)
      cells_[layout_.apart[i]] = fetched[i + 1];
    mark_too_large(cells_);
    for (std::size_t i = 0; i < flags.size(); ++i)
      if (flags[i] == '1') cells_[position(i)] = too_large;
    return cells_;
  }

 private:
  /// The position in the row of column `i` of the layout.
  [[nodiscard]] std::size_t position(std::size_t i) const {
    const auto& [packed, apart] = layout_;
    return i < packed.size() ? packed[i] : apart[i - packed.size()];
  }

  record_layout layout_;
  std::vector<raw_cell> packed_cells_;
  std::vector<raw_cell> cells_;
  std::string arena_;
};

// -- SQLite ---------------------------------------------------------------------------------------

/// SQLite's functions take a limited number of arguments (127 in Debian's build), so wide rows come
/// in several packed cells.
constexpr std::size_t group_columns = 100;

class sqlite_decoder final : public row_decoder {
 public:
  explicit sqlite_decoder(const std::vector<column_plan>& columns)
      : text_is_real_(std::make_unique<bool[]>(columns.size())), cells_(columns.size()) {
    for (std::size_t i = 0; i < columns.size(); ++i) text_is_real_[i] = columns[i].text_is_real;
  }

  std::span<const raw_cell> decode(std::span<const raw_cell> fetched) override {
    arenas_.resize(fetched.size());
    const std::span all(cells_);
    for (std::size_t g = 0; g < fetched.size(); ++g) {
      const auto first = g * group_columns;
      const auto group = all.subspan(first, std::min(group_columns, all.size() - first));
      if (fetched[g].too_large) {
        std::fill(group.begin(), group.end(), too_large);
        continue;
      }
      unpack_json_array(fetched[g].bytes, group,
                        std::span(text_is_real_.get() + first, group.size()), arenas_[g]);
    }
    mark_too_large(all);
    return cells_;
  }

 private:
  std::unique_ptr<bool[]> text_is_real_;  ///< of each column
  std::vector<raw_cell> cells_;
  std::vector<std::string> arenas_;
};

}  // namespace

row_pass open_postgresql_pass(odbc::connection& on, const model_description& model,
                              const std::vector<std::size_t>& columns,
                              const std::vector<std::string>& parts) {
  std::vector<column_plan> plans;
  plans.reserve(columns.size());
  for (const auto i : columns) plans.push_back(model.columns[i]);
  const select_statement whole{.relation = model.relation, .conditions = model.conditions};
  std::vector<select_statement> selects(std::max<std::size_t>(parts.size(), 1), whole);
  for (std::size_t i = 0; i < parts.size(); ++i) selects[i].conditions.push_back(parts[i]);
  auto decoder = std::make_unique<postgresql_decoder>(layout_of(plans));
  const auto count = selects.size();
  const auto open = [&on, plans = std::move(plans), selects = std::move(selects)](std::size_t i) {
    if (i > 0) on.execute("CLOSE sluice_pass");
    return open_records(on, selects[i], plans);
  };
  return {std::make_unique<chained_stream>(open, count), std::move(decoder)};
}

row_pass open_sqlite_pass(odbc::connection& on, const model_description& model,
                          const std::vector<std::size_t>& columns,
                          const std::vector<std::string>& parts) {
  select_statement select{.relation = model.relation};
  std::vector<column_plan> plans;
  plans.reserve(columns.size());
  for (const auto i : columns) plans.push_back(model.columns[i]);
  for (std::size_t first = 0; first < plans.size(); first += group_columns) {
    std::string values;
    for (auto i = first; i < std::min(first + group_columns, plans.size()); ++i)
      values += (i == first ? "" : ", ") + plans[i].expression;
    select.expressions.push_back("json_array(" + values + ")");
  }
  if (columns.empty()) select.expressions.emplace_back("json_array()");
  return {open_statements(on, select, parts, packed_limit),
          std::make_unique<sqlite_decoder>(plans)};
}

}  // namespace sluice::source
