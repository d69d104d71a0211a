// As in run_list.cpp: one statement for each list.
#include <array>
#include <charconv>
#include <limits>

#include "runtime/catalog/lists.hpp"
#include "runtime/catalog/rejected_columns.hpp"
#include "runtime/catalog/row_key.hpp"
#include "runtime/catalog/sql_text.hpp"

namespace sluice::catalog {
namespace {

/// The longest text that is looked for, in bytes.
constexpr std::size_t longest_text = 1000;

[[noreturn]] void refuse_query(const std::string& what, std::string cause, std::string hint) {
  throw failure(errc::usage, "list rejected rows", what, std::move(cause), std::move(hint));
}

/// Where a page ended: entries are listed by the time they were met last, those of the same time in
/// the order of `rowid`. As text `MILLISECONDS-ROWID`.
struct place_in_list {
  std::int64_t last_at = std::numeric_limits<std::int64_t>::max();
  std::int64_t rowid = 0;
};

place_in_list place_of(const std::string& cursor) {
  place_in_list place;
  if (cursor.empty()) return place;
  const auto* const end = cursor.data() + cursor.size();
  const auto time = std::from_chars(cursor.data(), end, place.last_at);
  if (time.ec == std::errc() && time.ptr != end && *time.ptr == '-') {
    const auto row = std::from_chars(time.ptr + 1, end, place.rowid);
    if (row.ec == std::errc() && row.ptr == end) return place;
  }
  refuse_query(cursor, "this is no cursor", "take the one of the page before, or begin without");
}

/// A pattern of LIKE for texts that contain this one.
std::string pattern_of(const std::string& text) {
  if (text.size() > longest_text)
    refuse_query("",
                 "the text to look for is longer than " + std::to_string(longest_text) + " bytes",
                 "look for a part of it");
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

constexpr const char* from =
    " FROM rejected WHERE connection = ?"
    " AND (? OR operation = ?) AND (? OR status = ?)"
    " AND (row_key LIKE ? ESCAPE '\\' OR reason LIKE ? ESCAPE '\\')";

sql_values values_of(const connection_name& connection, const rejected_query& which) {
  const auto pattern = pattern_of(which.text);
  return {
      connection, which.operation.empty(), which.operation, !which.status, which.status, pattern,
      pattern};
}

std::vector<rejected_reason> reasons_of(database& db, sql_values values, std::uint32_t limit) {
  static constexpr std::array<std::string_view, 4> names{"reason", "count", "row_key", "last_at"};
  values.emplace_back(limit);
  std::vector<rejected_reason> reasons;
  // Beside max() SQLite takes the other columns from the row that has the maximum.
  for (const auto& row :
       db.query(std::string("SELECT reason, count(*), row_key, max(last_at)") + from +
                    " GROUP BY reason ORDER BY count(*) DESC, reason LIMIT ?",
                values)) {
    cell_reader cells(row, names);
    rejected_reason reason;
    reason.reason = cells.text();
    reason.rows = cells.count();
    reason.key = json_of(cells.text());
    reason.last_at = cells.time();
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

}  // namespace

rejected_list list_rejected(database& db, const connection_name& connection,
                            const rejected_query& which) {
  rejected_list out;
  auto values = values_of(connection, which);
  if (which.by_reason) {
    out.reasons = reasons_of(db, std::move(values), which.limit);
    return out;
  }
  const auto place = place_of(which.cursor);
  for (const auto& value :
       sql_values{place.last_at, place.last_at, place.rowid, std::uint64_t{which.limit} + 1})
    values.push_back(value);
  std::vector<std::string_view> names(rejected_columns().begin(), rejected_columns().end());
  names.emplace_back("rowid");
  std::uint64_t rowid = 0;
  for (const auto& row : db.query("SELECT " + listed(rejected_columns()) + ", rowid" + from +
                                      " AND (last_at < ? OR last_at = ? AND rowid > ?)"
                                      " ORDER BY last_at DESC, rowid LIMIT ?",
                                  values)) {
    if (out.rows.size() == which.limit) {
      if (!out.rows.empty())
        out.next = std::to_string(out.rows.back().last_at.time_since_epoch().count()) + '-' +
                   std::to_string(rowid);
      break;
    }
    cell_reader cells(row, names);
    out.rows.push_back(read_rejected(cells));
    rowid = cells.count();
  }
  return out;
}

}  // namespace sluice::catalog
