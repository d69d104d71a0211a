#include "runtime/source/postgresql_stream.hpp"

#include <array>
#include <utility>

#include "runtime/source/statement_stream.hpp"

namespace sluice::source {
namespace {

/// A page of each range has up to about 128 MiB.
constexpr std::array size_ranges{size_range{0, 64u << 10, 2'000},
                                 size_range{64u << 10, 1u << 20, 100},
                                 size_range{1u << 20, largest_record, 1}};
/// Cells of up to this size stay in a row that is too large.
constexpr std::uint64_t small_cell = 64u << 10;
/// Stands for the size of a text that was not made: larger than any row that is sent whole.
constexpr std::uint64_t unmade = 1u << 30;

std::string record(const std::vector<std::string>& values) {
  return "ROW(" + joined(values, ", ") + ")::text";
}

/// A cheap expression for the bytes of all long cells of a row; empty if no cell can be long.
std::string sum_of_sizes(const std::vector<column_plan>& columns) {
  std::string sum;
  for (const auto& column : columns)
    if (!column.size.empty()) sum += " + COALESCE(" + column.size + ", 0)";
  return sum.empty() ? sum : "0::bigint" + sum;
}

/// Rows with their packed text `p`, which is not made if it would have more than `range.upto`
/// bytes, the cells apart (`b0`, ...), the expressions of `more`, and the row's size `n` (the
/// driver asks for binary cells as hexadecimal digits). OFFSET 0 keeps the server from making the
/// text again at each use of its name.
std::string sized_rows(const select_statement& select, const std::vector<column_plan>& columns,
                       const size_range& range, const std::vector<std::string>& more) {
  const auto layout = layout_of(columns);
  std::vector<std::string> packed;
  for (const auto i : layout.packed) packed.push_back(columns[i].expression);
  const auto bytes = sum_of_sizes(columns);
  auto rows = select;
  rows.expressions = {"CASE WHEN " + bytes + " <= " + std::to_string(range.upto) + " THEN " +
                      record(packed) + " END AS p"};
  std::string size = "COALESCE(octet_length(p), " + std::to_string(unmade) + ")::bigint";
  for (std::size_t i = 0; i < layout.apart.size(); ++i) {
    const auto name = "b" + std::to_string(i);
    rows.expressions.push_back(columns[layout.apart[i]].expression + " AS " + name);
    size += " + 2::bigint * COALESCE(octet_length(" + name + "), 0)";
  }
  if (range.above > 0) {
    // The range before left out texts by the sizes of their columns; such a text may be shorter
    // than its columns.
    rows.expressions.push_back(bytes + " AS s");
    size = "GREATEST(s, " + size + ")";
  }
  rows.expressions.insert(rows.expressions.end(), more.begin(), more.end());
  return "(SELECT *, " + size + " AS n FROM (" + rows.text() + " OFFSET 0) AS r) AS sized";
}

/// The rows of one range, in pages.
class range_stream final : public paged_stream {
 public:
  range_stream(odbc::connection& on, const std::string& sql, std::size_t cells, row_count page_rows)
      : paged_stream(cells, page_rows), on_(on) {
    // An explicit cursor works for queries with any LIMIT and any comments; the driver's own cursor
    // does not work behind a leading comment.
    on_.execute("DECLARE sluice_pass NO SCROLL CURSOR FOR " + sql);
  }

 private:
  odbc::statement open_page(std::size_t rows) override {
    // One row needs no limit but its own.
    constexpr std::size_t packed_limit = largest_record + (1u << 20);
    return on_.open_cursor("FETCH FORWARD " + std::to_string(rows) + " FROM sluice_pass",
                           packed_limit);
  }

  odbc::connection& on_;
};

/// The ranges of sizes, one after the other, as long as rows are left for the next range.
class record_stream final : public row_stream {
 public:
  record_stream(odbc::connection& on, std::vector<std::string> statements, std::size_t cells)
      : on_(on), statements_(std::move(statements)), cells_(cells) {
    open(0);
  }

  bool next() override {
    for (;;) {
      while (rows_->next()) {
        if (rows_->cells()[0].kind != value_kind::null) [[likely]] {
          ++given_;
          return true;
        }
        ++left_;
      }
      if (range_ > 0 && given_ + left_ != expected_)
        throw odbc::odbc_error(odbc::error_class::permanent,
                               "the model gave other rows when its large ones were read: " +
                                   std::to_string(given_ + left_) + " instead of " +
                                   std::to_string(expected_));
      if (left_ == 0) return false;
      rows_.reset();
      on_.execute("CLOSE sluice_pass");
      open(range_ + 1);
    }
  }
  [[nodiscard]] std::span<const raw_cell> cells() const override { return rows_->cells(); }

 private:
  void open(std::size_t range) {
    range_ = range;
    expected_ = std::exchange(left_, 0);
    given_ = 0;
    const auto page_rows = range < size_ranges.size() ? size_ranges[range].page_rows : 1;
    rows_ =
        std::make_unique<range_stream>(on_, statements_.at(range), cells_, row_count{page_rows});
  }

  odbc::connection& on_;
  std::vector<std::string> statements_;  ///< of each range, and of the rows past the last one
  std::size_t cells_;
  std::size_t range_ = 0;
  std::uint64_t expected_ = 0;  ///< rows that the range before left for this one
  std::uint64_t given_ = 0;
  std::uint64_t left_ = 0;  ///< rows that are larger than the range
  std::unique_ptr<range_stream> rows_;
};

}  // namespace

record_layout layout_of(const std::vector<column_plan>& columns) {
  record_layout layout;
  for (std::size_t i = 0; i < columns.size(); ++i)
    (columns[i].binary_transport ? layout.apart : layout.packed).push_back(i);
  return layout;
}

std::string record_sql(const select_statement& select, const std::vector<column_plan>& columns,
                       const size_range& range) {
  const auto fitting = [&](const std::string& cell) {
    return "CASE WHEN n <= " + std::to_string(range.upto) + " THEN " + cell + " END";
  };
  select_statement out{.relation = sized_rows(select, columns, range, {})};
  out.expressions.push_back(fitting("p"));
  for (std::size_t i = 0; i < layout_of(columns).apart.size(); ++i)
    out.expressions.push_back(fitting("b" + std::to_string(i)));
  if (range.above > 0) out.conditions.push_back("n > " + std::to_string(range.above));
  return out.text();
}

std::string shortened_record_sql(const select_statement& select,
                                 const std::vector<column_plan>& columns) {
  const auto layout = layout_of(columns);
  std::vector<std::string> packed, flags, more;
  select_statement out{.expressions = {"f || q"}};
  const auto is_large = [](const column_plan& column) {
    return column.size + " > " + std::to_string(small_cell);
  };
  const auto shortened = [&](const column_plan& column) {
    if (column.size.empty()) return column.expression;
    return "CASE WHEN " + is_large(column) + " THEN NULL ELSE " + column.expression + " END";
  };
  const auto flag = [&](const column_plan& column) -> std::string {
    if (column.size.empty()) return "'0'";
    return "CASE WHEN " + is_large(column) + " THEN '1' ELSE '0' END";
  };
  for (const auto i : layout.packed) {
    packed.push_back(shortened(columns[i]));
    flags.push_back(flag(columns[i]));
  }
  for (std::size_t i = 0; i < layout.apart.size(); ++i) {
    const auto name = "r" + std::to_string(i);
    more.push_back(shortened(columns[layout.apart[i]]) + " AS " + name);
    flags.push_back(flag(columns[layout.apart[i]]));
    out.expressions.push_back(name);
  }
  more.push_back(record(packed) + " AS q");
  more.push_back(joined(flags, " || ") + " AS f");
  const size_range past_all{largest_record, largest_record, 1};
  out.relation = sized_rows(select, columns, past_all, more);
  out.conditions.push_back("n > " + std::to_string(past_all.above));
  return out.text();
}

std::unique_ptr<row_stream> open_records(odbc::connection& on, const select_statement& select,
                                         const std::vector<column_plan>& columns) {
  const auto layout = layout_of(columns);
  std::vector<std::string> statements;
  if (sum_of_sizes(columns).empty()) {
    auto plain = select;
    std::vector<std::string> packed;
    for (const auto i : layout.packed) packed.push_back(columns[i].expression);
    plain.expressions = {record(packed)};
    statements.push_back(plain.text());
  } else {
    for (const auto& range : size_ranges) statements.push_back(record_sql(select, columns, range));
    statements.push_back(shortened_record_sql(select, columns));
  }
  return std::make_unique<record_stream>(on, std::move(statements), 1 + layout.apart.size());
}

}  // namespace sluice::source
