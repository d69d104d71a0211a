#include "runtime/source/mariadb_stream.hpp"

#include <algorithm>
#include <optional>

#include "runtime/source/statement_stream.hpp"

namespace sluice::source {
namespace {

/// `expression`, cut after `bytes` characters. A result of more than `bytes` bytes may have been
/// cut.
std::string at_most(const std::string& expression, std::size_t bytes) {
  return "LEFT(" + expression + ", " + std::to_string(bytes + 1) + ")";
}

/// Pages that follow each other by key. Columns of the key are added behind the model's only where
/// the model's own column is not in the needed form: every cell costs.
///
/// The driver buffers whole pages, so the server cuts the cells of a page; a row with a cut cell is
/// asked for again by its key, alone. No cell that is too large crosses the wire.
class keyed_stream final : public paged_stream {
 public:
  /// `long_cells`: positions in `select` of cells that may be long. The driver prepares every
  /// page's statement anew: pages are large.
  keyed_stream(odbc::connection& on, select_statement select, std::vector<page_key> order,
               std::vector<std::size_t> long_cells)
      : paged_stream(select.expressions.size(), row_count{10'000}),
        on_(on),
        select_(std::move(select)),
        order_(std::move(order)),
        long_(std::move(long_cells)) {
    for (const auto& key : order_) {
      // In the driver's text: a number with all its digits, binary as its bytes.
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
    whole_.reset();
    cell_bytes_ = page_size::cell_bytes(rows);
    auto page = cut(cell_bytes_);
    for (const auto& key : order_) page.order.push_back(key.expression);
    page.limit = rows;
    if (!last_.empty()) page.conditions.push_back(behind(order_, last_));
    return on_.open_cursor(page.text());
  }

  void complete(const odbc::statement& page, std::span<raw_cell> cells) override {
    whole_.reset();
    const auto is_cut = [&](std::size_t i) {
      return cells[i].too_large || cells[i].bytes.size() > cell_bytes_;
    };
    if (std::none_of(long_.begin(), long_.end(), is_cut)) [[likely]]
      return;
    auto one = cut(odbc::statement::max_cell_bytes);
    const auto key = key_of(page);
    for (std::size_t i = 0; i < key.size(); ++i)
      one.conditions.push_back(order_[i].expression + " = " + key[i]);
    whole_.emplace(on_.open_cursor(one.text()));
    if (!whole_->fetch())
      throw odbc::odbc_error(odbc::error_class::permanent,
                             "a row is not there when it is asked for again");
    read_cells(*whole_, cells);
  }

  void end_page(const odbc::statement& page) override { last_ = key_of(page); }

  /// The statement with each cell cut after about `bytes` bytes.
  [[nodiscard]] select_statement cut(std::size_t bytes) const {
    auto select = select_;
    for (const auto i : long_) select.expressions[i] = at_most(select.expressions[i], bytes);
    return select;
  }

  /// Literals of the key of `page`'s current row. Keys are short.
  [[nodiscard]] std::vector<std::string> key_of(const odbc::statement& page) const {
    std::vector<std::string> literals;
    for (std::size_t i = 0; i < order_.size(); ++i)
      literals.push_back(page_literal(order_[i], page.cell(key_cells_[i]).value_or("")));
    return literals;
  }

  odbc::connection& on_;
  select_statement select_;
  std::vector<page_key> order_;
  std::vector<std::size_t> long_;
  std::vector<std::size_t> key_cells_;    ///< of `order_`, in a fetched row
  std::vector<std::string> last_;         ///< literals of the last row of the page before
  std::size_t cell_bytes_ = 0;            ///< of the current page
  std::optional<odbc::statement> whole_;  ///< the current row, where its page has cut it
};

/// Copies the model, or `parts` of it, into a temporary table with a row number. The copying is one
/// statement and so reads one snapshot; READ COMMITTED keeps it from locking rows that it reads.
/// Each part is planned by itself: for a single condition with many keys MariaDB would scan the
/// whole table.
///
/// A copied cell is a LONGBLOB: it holds the bytes of any text as they are, even where the server
/// computed too short a length, and adds only twelve bytes to a row, which may have 65,535. Strict
/// mode would end the copying at a warning (1/0) that a SELECT only answers with NULL; without it,
/// narrower columns would be filled with cut values in silence.
select_statement copy_model(odbc::connection& on, const select_statement& select,
                            const std::vector<std::string>& parts) {
  on.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE");
  std::string columns;
  select_statement numbered = select;
  select_statement from_copy{.relation = table_relation("sluice_copy")};
  for (std::size_t i = 0; i < select.expressions.size(); ++i) {
    const auto name = "c" + std::to_string(i);
    columns += ", " + name + " LONGBLOB";
    numbered.expressions[i] += " AS " + name;
    from_copy.expressions.push_back(std::string(model_alias) + "." + name);
  }
  on.execute(
      "CREATE OR REPLACE TEMPORARY TABLE sluice_copy (sluice_row BIGINT UNSIGNED AUTO_INCREMENT"
      " PRIMARY KEY" +
      columns + ") ENGINE=Aria TRANSACTIONAL=0 AS (" +
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
  const bool copies = reads_copy(model, parts);
  select_statement select{.relation = model.relation, .conditions = model.conditions};
  std::vector<std::size_t> may_be_long;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& plan = model.columns[columns[i]];
    select.expressions.push_back(copies ? plan.copy : plan.expression);
    // The lengths that the server reports for a query's columns are not always true.
    if (!plan.size.empty() || (copies && can_be_long(plan.kind))) may_be_long.push_back(i);
  }
  std::vector<page_key> order = model.page_order;
  if (copies) {
    select.limit = model.at_most;
    select = copy_model(on, select, parts);
    order = {page_key{.expression = std::string(model_alias) + ".sluice_row"}};
  }
  return std::make_unique<keyed_stream>(on, std::move(select), std::move(order),
                                        std::move(may_be_long));
}

}  // namespace sluice::source
