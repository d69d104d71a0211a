#include "runtime/source/mariadb_stream.hpp"

#include <algorithm>

#include "runtime/source/statement_stream.hpp"

namespace sluice::source {
namespace {

/// Pages that follow each other by key. Columns of the key that are not among the model's as they
/// are needed stand behind them: every cell costs.
class keyed_stream final : public paged_stream {
 public:
  /// The driver prepares every page's statement anew: pages are large.
  keyed_stream(odbc::connection& on, select_statement select, std::vector<page_key> order,
               std::size_t columns)
      : paged_stream(columns, 10'000),
        on_(on),
        select_(std::move(select)),
        order_(std::move(order)) {
    for (const auto& key : order_) {
      select_.order.push_back(key.expression);
      // As the driver's text: of a number all digits, of binary the bytes.
      const auto expression = key.form == page_key::literal::number
                                  ? "CAST(" + key.expression + " AS CHAR)"
                                  : key.expression;
      auto& selected = select_.expressions;
      const auto found = std::find(selected.begin(), selected.end(), expression);
      key_cells_.push_back(static_cast<std::size_t>(found - selected.begin()));
      if (found == selected.end()) selected.push_back(expression);
    }
  }

 private:
  odbc::statement open_page(std::size_t rows) override {
    select_.limit = rows;
    if (!last_.empty()) select_.conditions = {behind(order_, last_)};
    return on_.open_cursor(select_.text());
  }

  void end_page(const odbc::statement& page) override {
    last_.clear();
    for (std::size_t i = 0; i < order_.size(); ++i)
      last_.push_back(page_literal(order_[i], page.cell(key_cells_[i]).value_or("")));
  }

  odbc::connection& on_;
  select_statement select_;
  std::vector<page_key> order_;
  std::vector<std::size_t> key_cells_;  ///< of `order_`, in a fetched row
  std::vector<std::string> last_;       ///< literals of the last row of the page before
};

/// Copies the model, or `parts` of it, into a temporary table, in the order of a number that the
/// copy adds. The copying is one statement and so reads one snapshot; READ COMMITTED keeps it from
/// locking what it reads. Each part is planned by itself: of a single condition with many keys
/// MariaDB makes a scan of the whole table.
select_statement copy_model(odbc::connection& on, const select_statement& select,
                            const std::vector<std::string>& parts) {
  on.execute("DROP TEMPORARY TABLE IF EXISTS sluice_copy");  // of the pass before
  on.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
  std::string columns;
  select_statement numbered = select;
  select_statement from_copy{.relation = table_relation("sluice_copy")};
  for (std::size_t i = 0; i < select.expressions.size(); ++i) {
    const auto name = "c" + std::to_string(i);
    numbered.expressions[i] += " AS " + name;
    from_copy.expressions.push_back(std::string(model_alias) + "." + name);
  }
  on.execute(
      "CREATE TEMPORARY TABLE sluice_copy (sluice_row BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY) "
      "ENGINE=Aria TRANSACTIONAL=0 AS (" +
      joined(texts_for(numbered, parts), ") UNION ALL (") + ")");
  return from_copy;
}

}  // namespace

bool reads_copy(const model_description& model, const std::vector<std::string>& parts) {
  return model.page_order.empty() || !parts.empty();
}

std::unique_ptr<row_stream> open_mariadb_stream(odbc::connection& on,
                                                const model_description& model,
                                                const std::vector<std::size_t>& columns,
                                                const std::vector<std::string>& parts) {
  select_statement select{.relation = model.relation};
  for (const auto i : columns) select.expressions.push_back(model.columns[i].expression);
  if (!reads_copy(model, parts))
    return std::make_unique<keyed_stream>(on, std::move(select), model.page_order, columns.size());
  select.limit = model.at_most;
  auto from_copy = copy_model(on, select, parts);
  return std::make_unique<keyed_stream>(
      on, std::move(from_copy),
      std::vector{page_key{.expression = std::string(model_alias) + ".sluice_row"}},
      columns.size());
}

}  // namespace sluice::source
