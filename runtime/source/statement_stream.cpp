#include "runtime/source/statement_stream.hpp"

#include "messages/expect.hpp"

namespace sluice::source {
namespace {

std::size_t bytes_of(std::span<const raw_cell> cells) {
  std::size_t bytes = 0;
  for (const auto& cell : cells)
    bytes += cell.too_large ? odbc::statement::max_cell_bytes : cell.bytes.size();
  return bytes;
}

}  // namespace

void read_cells(const odbc::statement& from, std::span<raw_cell> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    try {
      const auto cell = from.cell(i);
      cells[i] = cell ? raw_cell{value_kind::text, *cell} : raw_cell{};
    } catch (const odbc::odbc_error&) {  // too large, the only reason there is
      cells[i] = {value_kind::text, {}, true};
    }
  }
}

statement_stream::statement_stream(odbc::connection& on, const std::string& sql, std::size_t cells,
                                   byte_count cell_limit)
    : cursor_(on.open_cursor(sql, cell_limit.number())), cells_(cells) {}

bool statement_stream::next() {
  if (!cursor_.fetch()) return false;
  read_cells(cursor_, cells_);
  return true;
}

bool paged_stream::next() {
  for (;;) {
    if (page_) {
      if (page_->fetch()) [[likely]] {
        read_cells(*page_, cells_);
        complete(*page_, cells_);
        size_.add_row(bytes_of(cells_));
        if (++in_page_ == asked_) end_page(*page_);
        return true;
      }
      if (in_page_ < asked_) return false;
      size_.end_page();
    }
    asked_ = size_.rows();
    in_page_ = 0;
    page_.reset();  // the driver holds its rows until then
    page_ = open_page(asked_);
  }
}

chained_stream::chained_stream(opener open, std::size_t count)
    : open_(std::move(open)), count_(count) {
  expect(count > 0, "read model", "at least one stream");
  current_ = open_(0);
}

bool chained_stream::next() {
  while (!current_->next()) {
    if (opened_ == count_) return false;
    current_.reset();
    current_ = open_(opened_++);
  }
  return true;
}

std::unique_ptr<row_stream> open_statements(odbc::connection& on, const select_statement& select,
                                            const std::vector<std::string>& parts,
                                            byte_count cell_limit) {
  auto texts = texts_for(select, parts);
  const auto count = texts.size();
  return std::make_unique<chained_stream>(
      [&on, texts = std::move(texts), cells = select.expressions.size(),
       cell_limit](std::size_t i) {
        return std::make_unique<statement_stream>(on, texts[i], cells, cell_limit);
      },
      count);
}

}  // namespace sluice::source
