#include "runtime/catalog/pruning.hpp"

#include <array>

#include "messages/sync.hpp"
#include "runtime/catalog/cell_reader.hpp"

namespace sluice::catalog {

bool pruning::step(timestamp now) {
  bool more = true;
  failed_ = {};
  db_.transaction("forget old entries of catalog", [&] {
    const auto connections = next_connections();
    more = connections.size() == connections_at_a_time;
    auto left = entries_at_a_time;
    for (const auto& connection : connections) {
      left -= forget(connection, now, left);
      if (failed_ || left > 0) done_ = connection.name;  // else the next step goes on with it
      if (!failed_ && left > 0) continue;
      more = true;
      break;
    }
  });
  // Thrown only now, after everything possible was forgotten.
  if (failed_) throw failure(failed_);
  if (!more) done_ = {};
  return more;
}

std::vector<pruning::visited> pruning::next_connections() {
  static constexpr std::array<std::string_view, 3> names{"name", "last_run", "has_cursor"};
  std::vector<visited> found;
  for (const auto& row : db_.query("SELECT name, last_run, cursor_column IS NOT NULL"
                                   " FROM connections WHERE name > ? ORDER BY name LIMIT ?",
                                   {done_, connections_at_a_time})) {
    cell_reader cells(row, names);
    visited connection;
    connection.name = cells.name<connection_name>();
    connection.last_run = cells.optional_name<run_id>();
    connection.has_cursor = cells.truth();
    found.push_back(std::move(connection));
  }
  return found;
}

std::size_t pruning::forget(const visited& connection, timestamp now, std::size_t most) {
  auto left = most;
  left -= forget_runs(connection,
                      db_.query("SELECT run FROM runs WHERE connection = ?"
                                " AND finished_at < ? AND run IS NOT ?"
                                " ORDER BY finished_at LIMIT ?",
                                {connection.name, now - keep_.runs, connection.last_run, left}));
  if (failed_) return most - left;
  left -= forget_runs(
      connection,
      db_.query(
          "SELECT run FROM runs WHERE connection = ? AND run <"
          " (SELECT run FROM runs WHERE connection = ? ORDER BY run DESC LIMIT 1 OFFSET ?)"
          " AND finished_at IS NOT NULL AND run IS NOT ? ORDER BY run LIMIT ?",
          {connection.name, connection.name, keep_.most_runs - 1, connection.last_run, left}));
  left -= forget_rejected(connection, now, left);
  left -= forget_keys(connection, now, left);
  return most - left;
}

std::size_t pruning::forget_runs(const visited& connection, const std::vector<sql_row>& runs) {
  static constexpr std::array<std::string_view, 1> names{"run"};
  std::size_t forgotten = 0;
  for (const auto& row : runs) {
    const auto run = cell_reader(row, names).name<run_id>();
    // Files first, so that no crash leaves a file without its run.
    failed_ = remove_files_(connection.name, run);
    if (failed_) return forgotten;
    db_.execute("DELETE FROM runs WHERE connection = ? AND run = ?", {connection.name, run});
    ++forgotten;
  }
  return forgotten;
}

std::size_t pruning::forget_rejected(const visited& connection, timestamp now, std::size_t most) {
  const std::string which = connection.has_cursor ? " AND packed_key IS NULL" : "";
  return static_cast<std::size_t>(
      db_.execute("DELETE FROM rejected WHERE rowid IN (SELECT rowid FROM rejected"
                  " WHERE connection = ? AND seen_at < ?" +
                      which + " LIMIT ?)",
                  {connection.name, now - keep_.rejected, most}));
}

std::size_t pruning::forget_keys(const visited& connection, timestamp now, std::size_t most) {
  return static_cast<std::size_t>(
      db_.execute("DELETE FROM start_keys WHERE rowid IN (SELECT rowid FROM start_keys"
                  " WHERE connection = ? AND recorded_at < ? LIMIT ?)",
                  {connection.name, now - start_key_lasts, most}));
}

}  // namespace sluice::catalog
