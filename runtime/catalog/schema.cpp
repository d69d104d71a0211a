#include "runtime/catalog/schema.hpp"

#include <array>
#include <charconv>

namespace sluice::catalog {

namespace {

// Times are milliseconds since 1970 in UTC. Words are those of the JSON forms. finished_at is NULL
// as long as a run has not ended.
constexpr std::array<std::string_view, 4> version_1{
    R"sql(
CREATE TABLE connections (
  name             TEXT PRIMARY KEY,
  enabled          INTEGER NOT NULL,
  next_type        TEXT NOT NULL,
  epoch            INTEGER NOT NULL,
  continues        TEXT,
  mapping_identity TEXT NOT NULL,
  ledger_rows      INTEGER NOT NULL,
  last_run         TEXT
))sql",
    R"sql(
CREATE TABLE runs (
  connection        TEXT NOT NULL REFERENCES connections (name),
  run               TEXT NOT NULL,
  type              TEXT NOT NULL,
  triggered_by      TEXT NOT NULL,
  state             TEXT NOT NULL,
  mode              TEXT NOT NULL,
  epoch             INTEGER NOT NULL,
  continues         TEXT,
  started_at        INTEGER NOT NULL,
  stop_requested_at INTEGER,
  reading_halted_at INTEGER,
  finished_at       INTEGER,
  rows_read         INTEGER NOT NULL,
  unchanged         INTEGER NOT NULL,
  invalid           INTEGER NOT NULL,
  inserts           INTEGER NOT NULL,
  updates           INTEGER NOT NULL,
  deletes           INTEGER NOT NULL,
  delivered         INTEGER NOT NULL,
  rejected          INTEGER NOT NULL,
  undelivered       INTEGER NOT NULL,
  in_flight_at_stop INTEGER,
  error_code        TEXT,
  error_operation   TEXT,
  error_object      TEXT,
  error_cause       TEXT,
  error_hint        TEXT,
  warnings          TEXT NOT NULL,
  PRIMARY KEY (connection, run)
))sql",
    "CREATE INDEX unfinished_runs ON runs (connection) WHERE finished_at IS NULL",
    R"sql(
CREATE TABLE rejected (
  connection TEXT NOT NULL REFERENCES connections (name),
  row_key    TEXT NOT NULL,
  operation  TEXT NOT NULL,
  reason     TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  last_run   TEXT NOT NULL,
  PRIMARY KEY (connection, row_key)
))sql"};

// status is the destination's own code, NULL where there is none. The hashes, 32 hexadecimal digits
// each, identify the refused delta; they are NULL for invalid rows and in entries of version 1.
constexpr std::array<std::string_view, 4> version_2{
    "ALTER TABLE rejected ADD COLUMN status INTEGER",
    "ALTER TABLE rejected ADD COLUMN key_hash TEXT",
    "ALTER TABLE rejected ADD COLUMN fingerprint TEXT",
    "CREATE INDEX refused_keys ON rejected (connection, key_hash) WHERE key_hash IS NOT NULL"};

// due_handled is NULL for a connection that never had a schedule. A packed key is written as
// hexadecimal digits; it is NULL where it is not known, and in entries of earlier versions. seen_at
// is when a run last saw the rejected row, offered again or not. Earlier versions did not record
// it, so migrated entries count from the migration.
constexpr std::array<std::string_view, 9> version_3{
    "ALTER TABLE connections ADD COLUMN assume_synced INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE connections ADD COLUMN cursor_column TEXT",
    "ALTER TABLE connections ADD COLUMN cursor_value TEXT",
    "ALTER TABLE connections ADD COLUMN due_handled INTEGER",
    "ALTER TABLE rejected ADD COLUMN packed_key TEXT",
    "ALTER TABLE rejected ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0",
    "UPDATE rejected SET seen_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000",
    "CREATE INDEX seen_rejected ON rejected (connection, seen_at)",
    "CREATE INDEX ended_runs ON runs (connection, finished_at)"};

// unlisted: rejected rows for which the list had no room; of a run the rows that it saw, of a
// connection the rows that are still rejected as far as is known. ledger_identity is empty until a
// run of this version has opened the ledger.
constexpr std::array<std::string_view, 6> version_4{
    "ALTER TABLE connections ADD COLUMN ledger_identity TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN requested_by TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN stopped_by TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE connections ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0"};

// The least position that the ledger of a connection has reached, and whether it is exact; NULL
// until a run of this version has opened the ledger. ledger_copied_at: catalog and ledger come from
// the backup of that time, and no run has caught up since.
constexpr std::array<std::string_view, 5> version_5{
    "ALTER TABLE connections ADD COLUMN ledger_history INTEGER",
    "ALTER TABLE connections ADD COLUMN ledger_sequence INTEGER",
    "ALTER TABLE connections ADD COLUMN ledger_settled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE connections ADD COLUMN ledger_copied_at INTEGER",
    "ALTER TABLE connections ADD COLUMN ledger_lacks TEXT NOT NULL DEFAULT ''"};

// Whether a rejected row may have been written all the same. In earlier versions only its reason
// said so.
constexpr std::array<std::string_view, 2> version_6{
    "ALTER TABLE rejected ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0",
    "UPDATE rejected SET in_doubt = 1 WHERE reason LIKE 'in doubt, it may have been written: %'"};

// Starts that are known by a key; body_hash is of what was asked for. Of what a run delivered, how
// many were what: where earlier versions delivered all deltas that is known, elsewhere it is not,
// and the three are 0.
constexpr std::array<std::string_view, 6> version_7{
    R"sql(
CREATE TABLE start_keys (
  connection  TEXT NOT NULL REFERENCES connections (name),
  start_key   TEXT NOT NULL,
  body_hash   TEXT NOT NULL,
  run         TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (connection, start_key)
))sql",
    "CREATE INDEX recorded_start_keys ON start_keys (connection, recorded_at)",
    "ALTER TABLE runs ADD COLUMN delivered_inserts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN delivered_updates INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN delivered_deletes INTEGER NOT NULL DEFAULT 0",
    "UPDATE runs SET delivered_inserts = inserts, delivered_updates = updates,"
    " delivered_deletes = deletes WHERE delivered = inserts + updates + deletes"};

// What came over the wire from the source; 0 for runs of earlier versions. about: which rows the
// run is about, if not all.
constexpr std::array<std::string_view, 3> version_8{
    "ALTER TABLE runs ADD COLUMN fetched_rows INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN fetched_bytes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN about TEXT NOT NULL DEFAULT ''"};

constexpr std::array<migration, 8> all_migrations{version_1, version_2, version_3, version_4,
                                                  version_5, version_6, version_7, version_8};

std::uint64_t number_of(database& db, std::string_view sql) {
  const auto text = db.query(sql).at(0).at(0).value_or("");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

failure refused(const database& db, std::string cause, std::string hint) {
  return {errc::catalog_failed, "open catalog", db.file().string(), std::move(cause),
          std::move(hint)};
}

/// Reads every page. An interrupted write never damages a database, but faulty disks and people do.
void check_integrity(database& db) {
  const auto result = db.query("PRAGMA quick_check(1)").at(0).at(0).value_or("");
  if (result != "ok")
    throw refused(db, "the database is damaged: " + result,
                  "restore it from a backup, or move catalog.sqlite and its -wal and -shm files "
                  "away to begin a new one; the ledgers are kept");
}

std::uint64_t version_of(database& db) {
  const auto version = number_of(db, "PRAGMA user_version");
  if (version == 0 && number_of(db, "SELECT count(*) FROM sqlite_master") > 0)
    throw refused(db, "this is a database of something else", "choose another state_dir");
  return version;
}

}  // namespace

std::span<const migration> migrations() { return all_migrations; }

void migrate(database& db, std::span<const migration> steps) {
  std::uint64_t version = 0;
  db.read("open catalog", [&] {
    check_integrity(db);
    version = version_of(db);
  });
  if (version > steps.size())
    throw refused(db,
                  "it has version " + std::to_string(version) + ", and this program knows " +
                      std::to_string(steps.size()),
                  "a newer sluice has used this state directory: use that one again");
  for (auto next = version + 1; next <= steps.size(); ++next) {
    db.transaction("migrate catalog to version " + std::to_string(next), [&] {
      for (const auto statement : steps[next - 1]) db.execute(statement);
      db.execute("PRAGMA user_version = " + std::to_string(next));
    });
  }
}

}  // namespace sluice::catalog
