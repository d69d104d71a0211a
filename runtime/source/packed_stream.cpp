#include "runtime/source/packed_stream.hpp"

#include <algorithm>
#include <memory>

#include "runtime/source/packed_row.hpp"
#include "runtime/source/statement_stream.hpp"

namespace sluice::source {
namespace {

/// What one packed cell may hold: as much as the servers can make. The limit of a cell is checked
/// once the row is unpacked.
constexpr std::size_t packed_limit = 1u << 30;

constexpr raw_cell too_large{value_kind::text, {}, true};

void mark_too_large(std::span<raw_cell> cells) {
  for (auto& cell : cells) {
    if (cell.bytes.size() > odbc::statement::max_cell_bytes) cell = too_large;
  }
}

// -- PostgreSQL -----------------------------------------------------------------------------------

/// A cursor, fetched in pages. The first cell is the packed one. Binary columns stay cells of their
/// own behind it: inside it their digits would be doubled again.
class postgresql_stream final : public paged_stream {
 public:
  postgresql_stream(odbc::connection& on, const std::string& select, std::size_t cells)
      : paged_stream(cells, 2'000), on_(on) {
    // With a literal LIMIT or none, and whatever comments: an explicit cursor is not the driver's
    // own one, which a leading comment defeats.
    on_.execute("DECLARE sluice_pass NO SCROLL CURSOR FOR " + select);
  }

 private:
  odbc::statement open_page(std::size_t rows) override {
    return on_.open_cursor("FETCH FORWARD " + std::to_string(rows) + " FROM sluice_pass",
                           packed_limit);
  }

  odbc::connection& on_;
};

class postgresql_decoder final : public row_decoder {
 public:
  /// Positions in the row of what the first cell holds, and of the cells behind it.
  postgresql_decoder(std::vector<std::size_t> packed, std::vector<std::size_t> apart)
      : packed_(std::move(packed)),
        apart_(std::move(apart)),
        packed_cells_(packed_.size()),
        cells_(packed_.size() + apart_.size()) {}

  std::span<const raw_cell> decode(std::span<const raw_cell> fetched) override {
    if (fetched[0].too_large) {
      std::fill(packed_cells_.begin(), packed_cells_.end(), too_large);
    } else {
      unpack_record(fetched[0].bytes, packed_cells_, arena_);
    }
    for (std::size_t i = 0; i < packed_.size(); ++i) cells_[packed_[i]] = packed_cells_[i];
    for (std::size_t i = 0; i < apart_.size(); ++i) cells_[apart_[i]] = fetched[i + 1];
    mark_too_large(cells_);
    return cells_;
  }

 private:
  std::vector<std::size_t> packed_;
  std::vector<std::size_t> apart_;
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
  select_statement select{.expressions = {""}, .relation = model.relation};
  std::vector<std::size_t> packed, apart;
  std::string values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& plan = model.columns[columns[i]];
    if (plan.binary_transport) {
      apart.push_back(i);
      select.expressions.push_back(plan.expression);
    } else {
      packed.push_back(i);
      values += (values.empty() ? "" : ", ") + plan.expression;
    }
  }
  select.expressions[0] = "ROW(" + values + ")::text";
  const auto open = [&on, texts = texts_for(select, parts),
                     cells = select.expressions.size()](std::size_t i) {
    if (i > 0) on.execute("CLOSE sluice_pass");
    return std::make_unique<postgresql_stream>(on, texts[i], cells);
  };
  return {std::make_unique<chained_stream>(open, std::max<std::size_t>(parts.size(), 1)),
          std::make_unique<postgresql_decoder>(std::move(packed), std::move(apart))};
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
