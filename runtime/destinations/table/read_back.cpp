#include "runtime/destinations/table/read_back.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "messages/expect.hpp"
#include "runtime/destinations/table/same_value.hpp"
#include "runtime/destinations/table/table_errors.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::destinations {
namespace {

/// The beginning of a value, for a reason: enough to recognise the value, too little to leak a
/// document.
std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 40;
  return fmt::format("'{}{}'", log::secrets().masked(bytes, most),
                     bytes.size() <= most ? "" : "...");
}

std::string shown(value_view value) {
  if (value.kind == value_kind::null) return "NULL";
  return value.kind == value_kind::binary ? "other bytes" : shown(value.bytes);
}

/// The first of `columns` (positions and the values that were sent) in which `cells` differ.
template <class Sent>
std::string difference(const table_layout& layout, std::size_t count, const Sent& sent,
                       const std::vector<std::optional<std::string>>& cells) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [column, value] = sent(i);
    const auto& cell = cells[column];
    if (is_same_value(value, cell)) continue;
    const bool hidden = value.kind == value_kind::binary;
    return fmt::format("read back, the column '{}' holds {} instead of {}",
                       layout.columns[column].name,
                       !cell    ? "NULL"
                       : hidden ? "other bytes"
                                : shown(std::string_view(*cell)),
                       hidden ? "those that were sent" : shown(value));
  }
  return {};
}

std::vector<value_view> row_of(const rows_view& rows, std::size_t r) {
  std::vector<value_view> values;
  for (std::size_t c = 0; c < rows.width(); ++c) values.push_back(rows.at(r, c));
  return values;
}

/// A key as one text; equal for keys of equal values.
template <class Text>
std::string joined_key(const std::vector<value_view>& kinds, const Text& text) {
  std::string out;
  for (std::size_t k = 0; k < kinds.size(); ++k)
    append_value(out, value_kind::text, normal_value(kinds[k].kind, text(k)));
  return out;
}

}  // namespace

read_back::read_back(config::odbc_config config, std::stop_token stop, const table_layout& layout)
    : config_(std::move(config)), stop_(std::move(stop)), layout_(layout) {
  expect(!layout_.keys.empty(), "read back from table", "a layout with a key");
}

keyed_select& read_back::select() {
  if (select_ && !connection_->lost()) return *select_;
  select_.reset();
  connection_.emplace(odbc::connect_options{.connection_string = config_.odbc.resolve(),
                                            .use = odbc::purpose::read,
                                            .answer_timeout = config_.answer_timeout},
                      stop_);
  return select_.emplace(*connection_, layout_);
}

void read_back::look_before(const prepared_batch& rows) {
  const auto is_there = [&](const std::vector<value_view>& key) {
    return select().run(key).what == keyed_select::found::row;
  };
  erased_before_.assign(rows.erases.size(), false);
  for (std::size_t r = 0; r < rows.erases.size(); ++r)
    erased_before_[r] = is_there(row_of(rows.erases.view(), r));
  written_before_.assign(rows.writes.size(), false);
  if (layout_.mode != sync_mode::insert) return;
  for (std::size_t r = 0; r < rows.writes.size(); ++r)
    written_before_[r] = is_there(key_of(layout_, rows.writes.view(), r));
}

void read_back::judge(const prepared_batch& rows, batch_outcome& outcome) {
  try {
    judge_erases(rows.erases, outcome);
    judge_writes(rows.writes, outcome);
  } catch (const odbc::odbc_error& e) {
    // All rows become unknown, also those that were read before the failure: the next run delivers
    // them again.
    for (auto& f : outcome.fates)
      if (f == fate::delivered) f = fate::unknown;
    if (!outcome.failed)
      outcome.failed = table_failure(e, "read back from table", config_.table).info();
  }
}

void read_back::doubt(std::uint32_t index, std::string reason, batch_outcome& outcome) {
  ++missed_;
  outcome.fates[index] = fate::unknown;
  outcome.rejections.push_back({index, std::move(reason)});
}

void read_back::judge_writes(const prepared_rows& rows, batch_outcome& outcome) {
  const auto view = rows.view();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (outcome.fates[rows.indices[r]] != fate::delivered) continue;
    if (auto problem = problem_of_write(view, r, written_before_[r]); !problem.empty())
      doubt(rows.indices[r], std::move(problem), outcome);
  }
}

/// In mode insert, a row that existed before was left as it was.
std::string read_back::problem_of_write(const rows_view& rows, std::size_t r, bool was_there) {
  const auto answer = select().run(key_of(layout_, rows, r));
  switch (answer.what) {
    case keyed_select::found::nothing:
      return "read back, the table has no row with this key";
    case keyed_select::found::others:
      return other_rows_reason;
    case keyed_select::found::row:
      break;
  }
  if (was_there) return {};
  return difference(
      layout_, rows.width(),
      [&](std::size_t c) { return std::pair<std::size_t, value_view>(c, rows.at(r, c)); },
      answer.cells);
}

std::string read_back::problem_of_erase(const keys& key) {
  const auto answer = select().run(key);
  if (answer.what == keyed_select::found::nothing) return {};
  if (answer.what == keyed_select::found::others) return other_rows_reason;
  if (layout_.on_delete.empty()) return "read back, the table still has the row";
  return difference(
      layout_, layout_.on_delete.size(),
      [&](std::size_t i) {
        const auto& set = layout_.on_delete[i];
        return std::pair<std::size_t, value_view>(set.column, set.value());
      },
      answer.cells);
}

void read_back::judge_erases(const prepared_rows& rows, batch_outcome& outcome) {
  std::vector<std::size_t> never_seen;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (outcome.fates[rows.indices[r]] != fate::delivered) continue;
    if (auto problem = problem_of_erase(row_of(rows.view(), r)); !problem.empty()) {
      doubt(rows.indices[r], std::move(problem), outcome);
    } else if (!erased_before_[r]) {
      never_seen.push_back(r);
    }
  }
  if (!never_seen.empty()) look_among_all(rows, never_seen, outcome);
}

void read_back::look_among_all(const prepared_rows& rows, const std::vector<std::size_t>& which,
                               batch_outcome& outcome) {
  std::map<std::string, std::size_t> wanted;
  for (const auto r : which) {
    const auto key = row_of(rows.view(), r);
    wanted.emplace(joined_key(key, [&](std::size_t k) { return key[k].bytes; }), r);
  }
  const auto kinds = row_of(rows.view(), which.front());
  const statement_parts parts(*connection_, layout_);
  auto cursor = connection_->open_cursor("SELECT " + parts.key_names() + " FROM " + layout_.table);
  while (cursor.fetch()) {
    const auto found =
        wanted.find(joined_key(kinds, [&](std::size_t k) { return cursor.cell(k).value_or(""); }));
    if (found == wanted.end()) continue;
    doubt(rows.indices[found->second],
          "the table has the row, but the database does not find it by its key", outcome);
    wanted.erase(found);
  }
}

}  // namespace sluice::destinations
