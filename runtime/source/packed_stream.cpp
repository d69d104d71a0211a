#include "runtime/source/packed_stream.hpp"

#include <optional>

#include "runtime/source/packed_row.hpp"
#include "runtime/source/page_size.hpp"

namespace sluice::source {
namespace {

using odbc::statement;

/// What one packed cell may hold: as much as the servers can make. The limit of a cell is checked
/// once the row is unpacked.
constexpr std::size_t packed_limit = 1u << 30;

void mark_too_large(std::span<raw_cell> cells) {
  for (auto& cell : cells) {
    if (cell.bytes.size() > statement::max_cell_bytes) cell = {value_kind::text, {}, true};
  }
}

/// A cursor, fetched in pages. Binary columns stay cells of their own behind the packed one: inside
/// it their digits would be doubled again.
class postgresql_stream final : public row_stream {
 public:
  postgresql_stream(odbc::connection& on, const model_description& model,
                    const std::vector<std::size_t>& columns)
      : on_(on), cells_(columns.size()) {
    select_statement select{.expressions = {""}, .relation = model.relation};
    std::string packed;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& plan = model.columns[columns[i]];
      if (plan.binary_transport) {
        apart_.push_back(i);
        select.expressions.push_back(plan.expression);
      } else {
        packed_.push_back(i);
        packed += (packed.empty() ? "" : ", ") + plan.expression;
      }
    }
    select.expressions[0] = "ROW(" + packed + ")::text";
    packed_cells_.resize(packed_.size());
    on_.begin_snapshot();
    // With a literal LIMIT or none, and whatever comments: an explicit cursor is not the driver's
    // own one, which a leading comment defeats.
    on_.execute("DECLARE sluice_pass NO SCROLL CURSOR FOR " + select.text());
  }

  bool next() override {
    for (;;) {
      if (page_) {
        if (page_->fetch()) [[likely]] {
          ++in_page_;
          read_row();
          return true;
        }
        if (in_page_ < asked_) return false;  // the cursor gave less than asked for: its end
        size_.end_page();
      }
      asked_ = size_.rows();
      in_page_ = 0;
      page_.reset();  // the driver holds its rows until then
      page_ = on_.open_cursor("FETCH FORWARD " + std::to_string(asked_) + " FROM sluice_pass",
                              packed_limit);
    }
  }

  [[nodiscard]] std::span<const raw_cell> cells() const override { return cells_; }

 private:
  void read_row() {
    const auto row = page_->cell(0).value_or("");
    std::size_t bytes = row.size();
    unpack_record(row, packed_cells_, arena_);
    for (std::size_t i = 0; i < packed_.size(); ++i) cells_[packed_[i]] = packed_cells_[i];
    for (std::size_t i = 0; i < apart_.size(); ++i) {
      const auto cell = page_->cell(i + 1);
      cells_[apart_[i]] = cell ? raw_cell{value_kind::text, *cell} : raw_cell{};
      bytes += cells_[apart_[i]].bytes.size();
    }
    size_.add_row(bytes);
    mark_too_large(cells_);
  }

  odbc::connection& on_;
  std::optional<statement> page_;
  page_size size_;
  std::size_t asked_ = 0;
  std::size_t in_page_ = 0;
  std::vector<std::size_t> packed_;  ///< positions in cells_ of what the first cell holds
  std::vector<std::size_t> apart_;   ///< and of the cells behind it
  std::vector<raw_cell> packed_cells_;
  std::vector<raw_cell> cells_;
  std::string arena_;
};

/// One statement, stepped. SQLite's functions take a limited number of arguments, so wide rows come
/// in several packed cells.
class sqlite_stream final : public row_stream {
 public:
  sqlite_stream(odbc::connection& on, const model_description& model,
                const std::vector<std::size_t>& columns)
      : text_is_real_(std::make_unique<bool[]>(columns.size())), cells_(columns.size()) {
    select_statement select{.relation = model.relation};
    for (std::size_t first = 0; first < columns.size(); first += group_columns) {
      std::string packed;
      for (auto i = first; i < std::min(first + group_columns, columns.size()); ++i) {
        const auto& plan = model.columns[columns[i]];
        packed += (packed.empty() ? "" : ", ") + plan.expression;
        text_is_real_[i] = plan.text_is_real;
      }
      select.expressions.push_back("json_array(" + packed + ")");
    }
    if (columns.empty()) select.expressions.push_back("json_array()");
    arenas_.resize(select.expressions.size());
    on.begin_snapshot();
    cursor_.emplace(on.open_cursor(select.text(), packed_limit));
  }

  bool next() override {
    if (!cursor_->fetch()) return false;
    const std::span all(cells_);
    for (std::size_t g = 0; g < arenas_.size(); ++g) {
      const auto first = g * group_columns;
      const auto group = all.subspan(first, std::min(group_columns, all.size() - first));
      unpack_json_array(cursor_->cell(g).value_or(""), group,
                        std::span(text_is_real_.get() + first, group.size()), arenas_[g]);
    }
    mark_too_large(all);
    return true;
  }

  [[nodiscard]] std::span<const raw_cell> cells() const override { return cells_; }

 private:
  static constexpr std::size_t group_columns = 100;  // of the 127 that Debian's SQLite takes

  std::optional<statement> cursor_;
  std::unique_ptr<bool[]> text_is_real_;  ///< of each column
  std::vector<raw_cell> cells_;
  std::vector<std::string> arenas_;
};

}  // namespace

std::unique_ptr<row_stream> open_postgresql_stream(odbc::connection& on,
                                                   const model_description& model,
                                                   const std::vector<std::size_t>& columns) {
  return std::make_unique<postgresql_stream>(on, model, columns);
}

std::unique_ptr<row_stream> open_sqlite_stream(odbc::connection& on, const model_description& model,
                                               const std::vector<std::size_t>& columns) {
  return std::make_unique<sqlite_stream>(on, model, columns);
}

}  // namespace sluice::source
