// Each list is one statement whatever the query: conditions that it does not name hold for every
// run. Prepared statements are kept, and so there are few of them.
#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/catalog/cell_reader.hpp"
#include "runtime/catalog/lists.hpp"
#include "runtime/catalog/run_columns.hpp"
#include "runtime/catalog/sql_text.hpp"

namespace sluice::catalog {
namespace {

using nlohmann::json;

/// Behind every id of a run.
constexpr std::string_view behind_all = "~";

/// The words that a choice takes, as a JSON array.
template <class Enum>
std::string words_of(const choice<Enum>& some) {
  auto words = json::array();
  for (unsigned i = 0; i < 32; ++i) {
    const auto x = static_cast<Enum>(i);
    const auto word = to_string(x);
    if (some.takes(x) && parse<Enum>(word) == x) words.push_back(word);
  }
  return words.dump();
}

/// The recorded runs that match a query, but for those that somebody else tells of.
class recorded_runs {
 public:
  recorded_runs(database& db, const connection_name& connection, const run_query& which,
                const std::vector<run_record>& present)
      : db_(db),
        before_(which.before.empty() ? behind_all : std::string_view(which.before)),
        values_{connection,
                words_of(which.states),
                words_of(which.types),
                words_of(which.triggers),
                which.started_after,
                which.started_before} {
    auto others = json::array();
    for (const auto& run : present) others.push_back(run.run);
    values_.emplace_back(others.dump());
  }

  /// Newest first.
  [[nodiscard]] std::vector<run_record> page(std::uint64_t offset, std::uint64_t limit) const {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::vector<run_record> runs;
    for (const auto& row : db_.query("SELECT " + listed(run_columns()) + from +
                                         " AND run < ? ORDER BY run DESC LIMIT ? OFFSET ?",
                                     with({before_, limit, std::min(offset, most)}))) {
      cell_reader cells(row, run_columns());
      runs.push_back(read_run(cells));
    }
    return runs;
  }
  /// How many of those that `page` lists come before this run.
  [[nodiscard]] std::uint64_t count_newer(const run_id& run) const {
    return count(" AND run < ? AND run > ?", {before_, run});
  }
  /// However many there are, also those that are not before `before`.
  [[nodiscard]] std::uint64_t count_all() const { return count("", {}); }

 private:
  static constexpr const char* from =
      " FROM runs WHERE connection = ?"
      " AND state IN (SELECT value FROM json_each(?))"
      " AND type IN (SELECT value FROM json_each(?))"
      " AND triggered_by IN (SELECT value FROM json_each(?))"
      " AND started_at > ? AND started_at < ?"
      " AND run NOT IN (SELECT value FROM json_each(?))";

  [[nodiscard]] sql_values with(const sql_values& more) const {
    auto all = values_;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::uint64_t count(const char* condition, const sql_values& more) const {
    static constexpr std::array<std::string_view, 1> names{"count"};
    const auto rows = db_.query(std::string("SELECT count(*)") + from + condition, with(more));
    return cell_reader(rows.at(0), names).count();
  }

  database& db_;
  std::string before_;
  sql_values values_;
};

bool is_newer(const run_record& a, const run_record& b) { return a.run > b.run; }

}  // namespace

run_list list_runs(database& db, const connection_name& connection, const run_query& which,
                   const std::vector<run_record>& present) {
  const recorded_runs recorded(db, connection, which, present);
  const auto limit = std::min(which.limit, most_runs_listed);
  run_list out;
  auto here = present;
  std::erase_if(here, [&](const run_record& run) { return !which.takes(run); });
  std::ranges::sort(here, is_newer);
  std::uint64_t passed_over = 0;
  std::uint64_t number = 0;
  for (auto& run : here) {
    const auto position = number++ + recorded.count_newer(run.run);
    if (position < which.offset)
      ++passed_over;
    else if (position - which.offset < limit)
      out.runs.push_back(std::move(run));
  }
  auto others = recorded.page(which.offset - passed_over, limit - out.runs.size());
  out.runs.insert(out.runs.end(), std::make_move_iterator(others.begin()),
                  std::make_move_iterator(others.end()));
  std::ranges::sort(out.runs, is_newer);
  if (which.count) {
    auto anywhere = which;
    anywhere.before = {};
    out.total = recorded.count_all() +
                static_cast<std::uint64_t>(std::ranges::count_if(
                    present, [&](const run_record& run) { return anywhere.takes(run); }));
  }
  return out;
}

}  // namespace sluice::catalog
