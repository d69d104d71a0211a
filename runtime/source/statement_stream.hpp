// Row streams over the results of statements: a single one, or one for each page.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "messages/names.hpp"
#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_sql.hpp"
#include "runtime/source/page_size.hpp"
#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// One statement, read to its end. Memory is what the driver makes of its result.
class statement_stream final : public row_stream {
 public:
  /// `cells` is how many a row has; one larger than `cell_limit` is too large.
  statement_stream(odbc::connection& on, const std::string& sql, std::size_t cells,
                   byte_count cell_limit);
  bool next() override;
  [[nodiscard]] std::span<const raw_cell> cells() const override { return cells_; }

 private:
  odbc::statement cursor_;
  std::vector<raw_cell> cells_;
};

/// Pages that follow each other, each the result of a statement of its own. A page that has fewer
/// rows than were asked for is the last one.
class paged_stream : public row_stream {
 public:
  bool next() final;
  [[nodiscard]] std::span<const raw_cell> cells() const final { return cells_; }

 protected:
  /// `cells` is how many of a page's columns belong to a row; others may stand behind them.
  paged_stream(std::size_t cells, row_count most_rows) : size_(most_rows.number()), cells_(cells) {}

 private:
  virtual odbc::statement open_page(std::size_t rows) = 0;
  /// `cells` are the cells of `page`'s current row. A stream whose pages hold cut cells replaces
  /// them with the whole ones.
  virtual void complete(const odbc::statement& page, std::span<raw_cell> cells) {
    static_cast<void>(page);
    static_cast<void>(cells);
  }
  /// `page` stands at the last row that was asked of it.
  virtual void end_page(const odbc::statement& page) { static_cast<void>(page); }

  std::optional<odbc::statement> page_;
  page_size size_;
  std::size_t asked_ = 0;
  std::size_t in_page_ = 0;
  std::vector<raw_cell> cells_;
};

/// Streams one after the other; each is opened when the one before it has ended and is destroyed.
class chained_stream final : public row_stream {
 public:
  /// Opens stream number `i`.
  using opener = std::function<std::unique_ptr<row_stream>(std::size_t i)>;

  /// Opens the first of `count` streams. REQUIRES: there is one.
  chained_stream(opener open, std::size_t count);
  bool next() override;
  [[nodiscard]] std::span<const raw_cell> cells() const override { return current_->cells(); }

 private:
  opener open_;
  std::size_t count_;
  std::size_t opened_ = 1;
  std::unique_ptr<row_stream> current_;
};

/// Reads the first cells of `from`'s current row into `cells`, as text or null.
void read_cells(const odbc::statement& from, std::span<raw_cell> cells);

/// A statement for each of `parts` (see texts_for), one behind the other.
std::unique_ptr<row_stream> open_statements(odbc::connection& on, const select_statement& select,
                                            const std::vector<std::string>& parts,
                                            byte_count cell_limit = byte_count{
                                                odbc::statement::max_cell_bytes});

}  // namespace sluice::source
