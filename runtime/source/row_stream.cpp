#include "runtime/source/row_stream.hpp"

#include "runtime/source/mariadb_stream.hpp"
#include "runtime/source/packed_stream.hpp"
#include "runtime/source/plain_cells.hpp"

namespace sluice::source {
namespace {

/// One statement, read to its end.
class plain_stream final : public row_stream {
 public:
  plain_stream(odbc::connection& on, const std::string& sql, std::size_t columns)
      : cursor_(on.open_cursor(sql)), cells_(columns) {}
  bool next() override {
    if (!cursor_.fetch()) return false;
    read_plain_cells(cursor_, cells_);
    return true;
  }
  [[nodiscard]] std::span<const raw_cell> cells() const override { return cells_; }

 private:
  odbc::statement cursor_;
  std::vector<raw_cell> cells_;
};

}  // namespace

std::size_t read_plain_cells(const odbc::statement& from, std::span<raw_cell> cells) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    try {
      const auto cell = from.cell(i);
      cells[i] = cell ? raw_cell{value_kind::text, *cell} : raw_cell{};
      bytes += cells[i].bytes.size();
    } catch (const odbc::odbc_error&) {  // too large, the only reason there is
      cells[i] = {value_kind::text, {}, true};
      bytes += odbc::statement::max_cell_bytes;
    }
  }
  return bytes;
}

row_pass open_pass(odbc::connection& on, const model_description& model,
                   const std::vector<std::size_t>& columns) {
  switch (on.kind()) {
    case odbc::product::postgresql:
      return open_postgresql_pass(on, model, columns);
    case odbc::product::mariadb:
      return {open_mariadb_stream(on, model, columns), nullptr};
    case odbc::product::sqlite:
      return open_sqlite_pass(on, model, columns);
    case odbc::product::generic:
      break;
  }
  on.begin_snapshot();
  select_statement select{.relation = model.relation};
  for (const auto i : columns) select.expressions.push_back(model.columns[i].expression);
  return {std::make_unique<plain_stream>(on, select.text(), columns.size()), nullptr};
}

}  // namespace sluice::source
