#include "runtime/catalog/catalog.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "messages/expect.hpp"
#include "messages/hex.hpp"
#include "runtime/catalog/cell_reader.hpp"
#include "runtime/catalog/lists.hpp"
#include "runtime/catalog/rejected_columns.hpp"
#include "runtime/catalog/run_columns.hpp"
#include "runtime/catalog/schema.hpp"
#include "runtime/catalog/sql_text.hpp"

namespace sluice::catalog {

namespace {

constexpr std::array<std::string_view, 17> memory_columns{
    "name",           "enabled",          "next_type",      "epoch",
    "continues",      "mapping_identity", "ledger_rows",    "assume_synced",
    "cursor_column",  "cursor_value",     "due_handled",    "ledger_identity",
    "ledger_history", "ledger_sequence",  "ledger_settled", "ledger_copied_at",
    "ledger_lacks"};

connection_memory read_memory(cell_reader& cells) {
  connection_memory memory;
  memory.connection = cells.name<connection_name>();
  memory.enabled = cells.truth();
  memory.next_type = cells.word<run_type>();
  memory.epoch = static_cast<std::uint32_t>(cells.count());
  memory.continues = cells.optional_name<run_id>();
  memory.mapping_identity = cells.text();
  memory.ledger_rows = cells.count();
  memory.assume_synced = cells.truth();
  const auto column = cells.optional_text();
  const auto value = cells.optional_text();
  if (column && value) memory.read_to = checkpoint{*column, *value};
  memory.due_handled = cells.optional_time();
  memory.ledger_identity = cells.text();
  const auto history = cells.optional_count();
  const auto sequence = cells.optional_count();
  if (history && sequence) memory.ledger.at = ledger_position{*history, *sequence};
  memory.ledger.settled = cells.truth();
  memory.ledger.copied_at = cells.optional_time();
  memory.ledger.lacks = cells.text();
  return memory;
}

/// No later call changes these fields, so they must be complete now.
void expect_ended(const run_record& run, const char* operation) {
  expect(has_ended(run.state) && run.finished_at, operation, "a run that has ended, and when");
}

sql_value packed_key(const rejected_row& row) {
  return row.packed_key.empty() ? sql_value() : sql_value(to_hex(row.packed_key));
}

/// The columns `key_hash` and `fingerprint`.
std::pair<sql_value, sql_value> hashes(const rejected_row& row) {
  if (!row.refused) return {};
  return {row.refused->key_hash, row.refused->fingerprint};
}

}  // namespace

catalog::catalog(const std::filesystem::path& state_dir, timestamp now, limits bounds)
    : bounds_(std::move(bounds)), db_(state_dir / "catalog.sqlite") {
  migrate(db_, migrations());
  close_interrupted(now);
}

std::vector<connection_entry> catalog::load_all() { return load_where("true", {}); }

connection_entry catalog::load(const connection_name& connection) {
  auto found = load_where("c.name = ?", {connection});
  if (!found.empty()) return std::move(found.front());
  connection_entry entry;
  entry.memory.connection = connection;
  return entry;
}

std::vector<connection_entry> catalog::load_where(const std::string& condition,
                                                  const sql_values& parameters) {
  std::vector<connection_entry> entries;
  db_.read("read connections from catalog", [&] {
    std::vector<std::string_view> names(memory_columns.begin(), memory_columns.end());
    names.emplace_back("rejected");
    names.insert(names.end(), run_columns().begin(), run_columns().end());
    for (const auto& row :
         db_.query("SELECT " + listed(memory_columns, "c.") +
                       ", c.unlisted + (SELECT count(*) FROM rejected x WHERE x.connection = "
                       "c.name), " +
                       listed(run_columns(), "r.") +
                       " FROM connections c"
                       " LEFT JOIN runs r ON r.connection = c.name AND r.run = c.last_run WHERE " +
                       condition + " ORDER BY c.name",
                   parameters)) {
      cell_reader cells(row, names);
      connection_entry entry;
      entry.memory = read_memory(cells);
      entry.rejected_rows = cells.count();
      if (!cells.next_is_null()) entry.last_run = read_run(cells);
      entries.push_back(std::move(entry));
    }
  });
  return entries;
}

void catalog::open_run(const run_record& run, const connection_memory& memory,
                       const start_once& once) {
  db_.transaction("record the start of a run in catalog", [&] {
    write_memory(memory, run.run);
    add_run(run, once);
  });
}

void catalog::update_run(const run_record& run, const connection_memory& memory) {
  db_.transaction("record the progress of a run in catalog", [&] {
    if (write_active_run(run)) write_memory(memory, std::nullopt);
  });
}

std::uint64_t catalog::close_run(const run_record& run, const connection_memory& memory,
                                 const settled_rows& settles) {
  expect_ended(run, "record the end of a run in catalog");
  std::uint64_t rejected = 0;
  db_.transaction("record the end of a run in catalog", [&] {
    if (!write_active_run(run))
      throw failure(
          defect("record the end of a run in catalog", run.run, "its start was not recorded"));
    write_memory(memory, run.run);
    forget_settled(run, settles);
    count_unlisted(run, settles);
    rejected = count_rejected(run.connection);
  });
  return rejected;
}

void catalog::skip_run(const run_record& run, const connection_memory& memory,
                       const start_once& once) {
  expect_ended(run, "record a skipped run in catalog");
  db_.transaction("record a skipped run in catalog", [&] {
    write_memory(memory, std::nullopt);
    add_run(run, once);
  });
}

void catalog::save(const connection_memory& memory) {
  db_.transaction("record a connection's state in catalog",
                  [&] { write_memory(memory, std::nullopt); });
}

void catalog::forget(const connection_memory& memory) {
  db_.transaction("forget rejected rows in catalog", [&] {
    write_memory(memory, std::nullopt);
    db_.execute("DELETE FROM rejected WHERE connection = ?", {memory.connection});
    db_.execute("UPDATE connections SET unlisted = 0 WHERE name = ?", {memory.connection});
  });
}

bool catalog::record_rejected(const connection_name& connection, const run_id& run,
                              const std::vector<rejected_row>& rows) {
  std::uint64_t unlisted = 0;
  if (rows.empty()) return true;
  db_.transaction("record rejected rows in catalog", [&] {
    auto listed_rows = count_listed(connection);
    for (const auto& row : rows) {
      if (touch_rejected(connection, run, row)) continue;
      if (listed_rows >= bounds_.rejected_rows) {
        ++unlisted;
        continue;
      }
      add_rejected(connection, run, row);
      ++listed_rows;
    }
    if (unlisted > 0)
      db_.execute("UPDATE runs SET unlisted = unlisted + ? WHERE connection = ? AND run = ?",
                  {unlisted, connection, run});
  });
  return unlisted == 0;
}

std::vector<refused_delta> catalog::list_refused(const connection_name& connection) {
  std::vector<refused_delta> refused;
  db_.read("read refused rows from catalog", [&] {
    for (const auto& row :
         db_.query("SELECT " + listed(rejected_columns()) +
                       " FROM rejected WHERE connection = ? AND key_hash IS NOT NULL"
                       " ORDER BY key_hash LIMIT ?",
                   {connection, bounds_.rejected_rows})) {
      cell_reader cells(row, rejected_columns());
      if (const auto read = read_rejected(cells); read.refused) refused.push_back(*read.refused);
    }
  });
  return refused;
}

std::vector<std::string> catalog::list_rejected_keys(const connection_name& connection) {
  std::vector<std::string> keys;
  db_.read("read rejected keys from catalog", [&] {
    for (const auto& row : db_.query("SELECT packed_key FROM rejected"
                                     " WHERE connection = ? AND packed_key IS NOT NULL LIMIT ?",
                                     {connection, bounds_.rejected_rows})) {
      static constexpr std::array<std::string_view, 1> names{"packed_key"};
      keys.push_back(*cell_reader(row, names).optional_bytes());
    }
  });
  return keys;
}

void catalog::keep_refused(const connection_name& connection, const run_id& run,
                           const std::vector<refused_delta>& refused) {
  db_.transaction("keep refused rows in catalog", [&] {
    for (const auto& delta : refused)
      db_.execute(
          "UPDATE rejected SET last_run = ?, seen_at = coalesce((SELECT max(seen_at, started_at)"
          " FROM runs WHERE connection = ? AND run = ?), seen_at)"
          " WHERE connection = ? AND key_hash = ?",
          {run, connection, run, connection, delta.key_hash});
  });
}

run_list catalog::list_runs(const connection_name& connection, const run_query& which,
                            const std::vector<run_record>& present) {
  run_list found;
  db_.read("read runs from catalog",
           [&] { found = sluice::catalog::list_runs(db_, connection, which, present); });
  return found;
}

std::optional<run_record> catalog::find_run(const connection_name& connection, const run_id& run) {
  std::optional<run_record> found;
  db_.read("read run from catalog", [&] {
    for (const auto& row : db_.query(
             "SELECT " + listed(run_columns()) + " FROM runs WHERE connection = ? AND run = ?",
             {connection, run})) {
      cell_reader cells(row, run_columns());
      found = read_run(cells);
    }
  });
  return found;
}

std::optional<known_start> catalog::find_start(const connection_name& connection,
                                               const std::string& key) {
  std::optional<known_start> found;
  db_.read("read start from catalog", [&] {
    std::vector<std::string_view> names{"start_key", "body_hash", "recorded_at"};
    names.insert(names.end(), run_columns().begin(), run_columns().end());
    for (const auto& row : db_.query(
             "SELECT k.start_key, k.body_hash, k.recorded_at, " + listed(run_columns(), "r.") +
                 " FROM start_keys k"
                 " JOIN runs r ON r.connection = k.connection AND r.run = k.run"
                 " WHERE k.connection = ? AND k.start_key = ?",
             {connection, key})) {
      cell_reader cells(row, names);
      auto& start = found.emplace();
      start.once.key = cells.text();
      start.once.body_hash = cells.text();
      start.at = cells.time();
      start.run = read_run(cells);
    }
  });
  return found;
}

rejected_list catalog::list_rejected(const connection_name& connection,
                                     const rejected_query& which) {
  rejected_list found;
  db_.read("read rejected rows from catalog",
           [&] { found = sluice::catalog::list_rejected(db_, connection, which); });
  return found;
}

void catalog::close_interrupted(timestamp now) {
  db_.transaction("close interrupted runs in catalog", [&] {
    db_.execute(
        "UPDATE connections SET unlisted = max(unlisted, coalesce((SELECT max(r.unlisted)"
        " FROM runs r WHERE r.connection = connections.name AND r.finished_at IS NULL), 0))");
    db_.execute(
        "UPDATE runs SET state = ?, finished_at = ?,"
        " undelivered = max(0, inserts + updates + deletes - delivered - rejected),"
        " warnings = json_insert(warnings, '$[#]', ?) WHERE finished_at IS NULL",
        {to_string(run_state::interrupted), now,
         "the node ended during this run: its counts are those last recorded, seconds before"});
  });
}

bool catalog::write_active_run(const run_record& run) {
  auto values = to_values(run);
  values.emplace_back(run.connection);
  values.emplace_back(run.run);
  return db_.execute("UPDATE runs SET (" + listed(run_columns()) + ") = (" +
                         marks(run_columns().size()) +
                         ") WHERE connection = ? AND run = ? AND finished_at IS NULL",
                     values) == 1;
}

void catalog::write_memory(const connection_memory& memory, const std::optional<run_id>& last_run) {
  const auto columns = listed(memory_columns) + ", last_run";
  std::string updates;
  for (const auto column : memory_columns)
    updates += std::string(column) + " = excluded." + std::string(column) + ", ";
  sql_value cursor_column, cursor_value;
  if (memory.read_to) {
    cursor_column = memory.read_to->column;
    cursor_value = memory.read_to->value;
  }
  sql_value history, sequence;
  if (const auto& at = memory.ledger.at) {
    history = at->history;
    sequence = at->sequence;
  }
  db_.execute(
      "INSERT INTO connections (" + columns + ") VALUES (" + marks(memory_columns.size() + 1) +
          ") ON CONFLICT (name) DO UPDATE SET " + updates +
          "last_run = coalesce(excluded.last_run, connections.last_run)",
      {memory.connection, memory.enabled, to_string(memory.next_type), memory.epoch,
       memory.continues, memory.mapping_identity, memory.ledger_rows, memory.assume_synced,
       cursor_column, cursor_value, memory.due_handled, memory.ledger_identity, history, sequence,
       memory.ledger.settled, memory.ledger.copied_at, memory.ledger.lacks, last_run});
}

void catalog::add_run(const run_record& run, const start_once& once) {
  db_.execute("INSERT INTO runs (" + listed(run_columns()) + ") VALUES (" +
                  marks(run_columns().size()) + ")",
              to_values(run));
  if (!once) return;
  db_.execute(
      "INSERT OR REPLACE INTO start_keys (connection, start_key, body_hash, run, recorded_at)"
      " VALUES (?, ?, ?, ?, ?)",
      {run.connection, once.key, once.body_hash, run.run,
       run.finished_at.value_or(run.started_at)});
}

void catalog::forget_settled(const run_record& run, const settled_rows& settles) {
  const std::string others = "DELETE FROM rejected WHERE connection = ? AND last_run <> ?";
  switch (settles.rows) {
    case settled_rows::none:
      return;
    case settled_rows::keyed:
      db_.execute(others + " AND packed_key IS NOT NULL", {run.connection, run.run});
      return;
    case settled_rows::all:
      db_.execute(others, {run.connection, run.run});
      return;
    case settled_rows::chosen:
      for (const auto& key : settles.keys)
        db_.execute(others + " AND packed_key = ?", {run.connection, run.run, to_hex(key)});
      return;
  }
}

void catalog::count_unlisted(const run_record& run, const settled_rows& settles) {
  // A run that has not tried all rows may have met again rows that earlier runs could not list.
  // Which ones is not known, so only the surplus over the earlier number is added.
  const bool some = settles.rows == settled_rows::none || settles.rows == settled_rows::chosen;
  const std::string known = some ? "unlisted" : "0";
  db_.execute("UPDATE connections SET unlisted = max(" + known +
                  ", coalesce((SELECT r.unlisted FROM runs r WHERE r.connection = ? AND r.run = ?),"
                  " 0)) WHERE name = ?",
              {run.connection, run.run, run.connection});
}

std::uint64_t catalog::count_listed(const connection_name& connection) {
  const auto rows = db_.query("SELECT count(*) FROM rejected WHERE connection = ?", {connection});
  static constexpr std::array<std::string_view, 1> names{"count"};
  return cell_reader(rows.at(0), names).count();
}

std::uint64_t catalog::count_rejected(const connection_name& connection) {
  const auto rows = db_.query("SELECT unlisted FROM connections WHERE name = ?", {connection});
  static constexpr std::array<std::string_view, 1> names{"unlisted"};
  const auto unlisted = rows.empty() ? 0 : cell_reader(rows.front(), names).count();
  return count_listed(connection) + unlisted;
}

bool catalog::touch_rejected(const connection_name& connection, const run_id& run,
                             const rejected_row& row) {
  const auto [key_hash, fingerprint] = hashes(row);
  return db_.execute(
             "UPDATE rejected SET operation = ?, reason = ?, last_at = ?, seen_at = ?, status = ?,"
             " key_hash = ?, fingerprint = ?, packed_key = ?, in_doubt = ?,"
             " attempts = attempts + CASE WHEN last_run = ? THEN 0 ELSE 1 END, last_run = ?"
             " WHERE connection = ? AND row_key = ?",
             {row.operation, row.reason, row.last_at, row.last_at, row.status, key_hash,
              fingerprint, packed_key(row), std::uint64_t{row.in_doubt}, run, run, connection,
              row.key}) > 0;
}

void catalog::add_rejected(const connection_name& connection, const run_id& run,
                           const rejected_row& row) {
  const auto [key_hash, fingerprint] = hashes(row);
  db_.execute("INSERT INTO rejected (connection, " + listed(rejected_columns()) +
                  ", last_run, seen_at) VALUES (" + marks(rejected_columns().size() + 3) + ")",
              {connection, row.key, row.operation, row.reason, row.attempts, row.first_at,
               row.last_at, row.status, key_hash, fingerprint, packed_key(row),
               std::uint64_t{row.in_doubt}, run, row.last_at});
}

}  // namespace sluice::catalog
