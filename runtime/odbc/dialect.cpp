#include "runtime/odbc/dialect.hpp"

#include <odbcinst.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "messages/ascii.hpp"

namespace sluice::odbc {
namespace {

// -- PostgreSQL: psqlodbc -------------------------------------------------------------------------
// Protocol=7.4-0: an error leaves the transaction aborted until we roll back. The default (-2)
// keeps locks after a deadlock, and with -1 the whole transaction vanishes without an error.
// UseDeclareFetch=0: large results are read through explicit cursors; the driver's own cursors do
// not work behind a leading comment and cannot be cancelled while fetching.
constexpr std::array postgresql_settings{
    setting{"Protocol", "7.4-0"}, setting{"BoolsAsChar", "0"}, setting{"UseDeclareFetch", "0"},
    setting{"UpdatableCursors", "0"}, setting{"LFConversion", "0"}};
// Settings that decide how values are written as text, pinned against other values set for server,
// database or role. extra_float_digits: below version 12 only 3 gives a float8 all of its digits.
// xmloption: content takes documents, too. cursor_tuple_fraction: all rows of a cursor are wanted,
// not the first tenth.
constexpr std::string_view postgresql_pinned =
    ";SET LOCAL TimeZone = 'UTC';SET LOCAL DateStyle = 'ISO, YMD'"
    ";SET LOCAL IntervalStyle = 'postgres';SET LOCAL extra_float_digits = 3"
    ";SET LOCAL bytea_output = 'hex';SET LOCAL standard_conforming_strings = on"
    ";SET LOCAL array_nulls = on;SET LOCAL xmloption = 'content'"
    ";SET LOCAL cursor_tuple_fraction = 1.0";
// Settings that the user may choose (for the role, the database, the server), but another client of
// a pooler may not: its SET stays behind in the session. They decide which table a name means,
// which rows are visible, how money and words are written, and whether a commit is durable.
constexpr std::string_view postgresql_pinned_to_default =
    ";SET LOCAL role TO DEFAULT;SET LOCAL search_path TO DEFAULT;SET LOCAL row_security TO DEFAULT"
    ";SET LOCAL lc_monetary TO DEFAULT;SET LOCAL lc_numeric TO DEFAULT"
    ";SET LOCAL lc_time TO DEFAULT;SET LOCAL default_text_search_config TO DEFAULT"
    ";SET LOCAL transform_null_equals TO DEFAULT;SET LOCAL synchronous_commit TO DEFAULT";
// Access mode and isolation are explicit, since other clients of a pooler leave their defaults
// behind, too.
constexpr std::array<std::string_view, 1> postgresql_snapshot{
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE"};

// -- MariaDB: Connector/ODBC ----------------------------------------------------------------------
// AUTO_RECONNECT=0: a new session would silently continue without the transaction's earlier rows.
constexpr std::array mariadb_settings{setting{"AUTO_RECONNECT", "0"}};
// Reading: a pass reads what a plain SELECT answers. Modes that turn warnings into errors, and
// InnoDB's rules about the size of rows, do not apply to a SELECT but to tables, and so to the
// temporary tables that models are copied into; they are switched off, in a comment that only
// MariaDB executes. sql_select_limit would end a result early without an error.
constexpr std::string_view mariadb_read_setup =
    "SET SESSION time_zone = '+00:00', SESSION sql_auto_is_null = 0, "
    "SESSION sql_select_limit = 18446744073709551615 /*M! , SESSION innodb_strict_mode = 0, "
    "SESSION sql_mode = REGEXP_REPLACE(@@sql_mode, 'STRICT_ALL_TABLES|STRICT_TRANS_TABLES|"
    "TRADITIONAL|ERROR_FOR_DIVISION_BY_ZERO|NO_ZERO_IN_DATE|NO_ZERO_DATE', '') */";
// Writing: the whole mode. Strict: a value that does not fit is an error, not another value.
// NO_AUTO_VALUE_ON_ZERO: a key of 0 stays 0. Other modes of the server that change values, such as
// EMPTY_STRING_IS_NULL, ALLOW_INVALID_DATES or TIME_ROUND_FRACTIONAL, are dropped; modes that only
// refuse more are kept. completion_type: a commit neither begins a transaction nor ends the
// session.
constexpr std::string_view mariadb_write_setup =
    "SET SESSION time_zone = '+00:00', SESSION sql_auto_is_null = 0, SESSION completion_type = 0, "
    "SESSION sql_select_limit = 18446744073709551615, SESSION sql_mode = CONCAT("
    "'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', "
    "IF(FIND_IN_SET('ERROR_FOR_DIVISION_BY_ZERO', @@sql_mode), ',ERROR_FOR_DIVISION_BY_ZERO', ''), "
    "IF(FIND_IN_SET('NO_ZERO_IN_DATE', @@sql_mode), ',NO_ZERO_IN_DATE', ''), "
    "IF(FIND_IN_SET('NO_ZERO_DATE', @@sql_mode), ',NO_ZERO_DATE', ''))";
constexpr std::string_view mariadb_write_setup_holds =
    "@@time_zone = '+00:00' AND FIND_IN_SET('STRICT_ALL_TABLES', @@sql_mode) "
    "AND FIND_IN_SET('NO_AUTO_VALUE_ON_ZERO', @@sql_mode) "
    "AND NOT FIND_IN_SET('EMPTY_STRING_IS_NULL', @@sql_mode)";
constexpr std::array<std::string_view, 3> mariadb_snapshot{
    // A server set to READ COMMITTED would ignore WITH CONSISTENT SNAPSHOT.
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    // Sent again, since a pooler may have changed the session; it keeps this one until the
    // transaction ends.
    mariadb_read_setup};

// -- SQLite: sqliteodbc ---------------------------------------------------------------------------
// StepAPI=1: rows as they are stepped, not the whole result in memory. BigInt=1: INTEGER is 64
// bits. Timeout (ms): SQLite cannot be interrupted while it waits for a lock, and the driver waits
// twice the configured time, so each wait is short and the connection repeats the call (see
// session::may_retry). SyncPragma: with a journal that is deleted at the commit, only EXTRA makes a
// commit outlast a power cut; with WAL it is FULL. The journal mode is the owner's choice: WAL
// would stay in the file, and shut out users who may read the file but not write to its folder.
constexpr std::array sqlite_read_settings{setting{"StepAPI", "1"}, setting{"BigInt", "1"},
                                          setting{"Timeout", "20"}, setting{"NoCreat", "1"}};
constexpr std::array sqlite_write_settings{setting{"BigInt", "1"}, setting{"Timeout", "20"},
                                           setting{"SyncPragma", "EXTRA"},
                                           setting{"FKSupport", "1"}};
constexpr std::array<std::string_view, 1> sqlite_snapshot{"BEGIN"};  // the first read fixes it

// -- anything else --------------------------------------------------------------------------------
// No SQL of its own: transactions go through SQL_ATTR_AUTOCOMMIT and SQLEndTran.

constexpr dialect postgresql{.kind = product::postgresql,
                             .quote = '"',
                             .read_settings = postgresql_settings,
                             .write_settings = postgresql_settings,
                             .connect_timeout_key = {},
                             .answer_timeout_key = {},
                             .read_setup = {},
                             .write_setup = {},
                             .write_setup_holds = {},
                             .pinned = postgresql_pinned,
                             .pinned_to_default = postgresql_pinned_to_default,
                             .session_name = ";SELECT pg_backend_pid()",
                             .begin_read = "BEGIN ISOLATION LEVEL READ COMMITTED",
                             .begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE",
                             .begin_snapshot = postgresql_snapshot,
                             // COMMIT alone reports success for a transaction that is aborted
                             // (25P02 here) or gone (25P01), and on a dead connection.
                             .commit = "SAVEPOINT sluice_commit;COMMIT",
                             .rollback = "ROLLBACK"};

constexpr dialect mariadb{.kind = product::mariadb,
                          .quote = '`',
                          .read_settings = mariadb_settings,
                          .write_settings = mariadb_settings,
                          .connect_timeout_key = "CONN_TIMEOUT",
                          .answer_timeout_key = "READ_TIMEOUT",
                          .read_setup = mariadb_read_setup,
                          .write_setup = mariadb_write_setup,
                          .write_setup_holds = mariadb_write_setup_holds,
                          .pinned = {},
                          .pinned_to_default = {},
                          .session_name = {},
                          .begin_read = "START TRANSACTION",
                          .begin_write = "START TRANSACTION READ WRITE",
                          .begin_snapshot = mariadb_snapshot,
                          .commit = "COMMIT",
                          .rollback = "ROLLBACK"};

constexpr dialect sqlite{
    .kind = product::sqlite,
    .quote = '"',
    .read_settings = sqlite_read_settings,
    .write_settings = sqlite_write_settings,
    .connect_timeout_key = {},
    .answer_timeout_key = {},
    .read_setup = {},
    .write_setup = {},
    .write_setup_holds = {},
    .pinned = {},
    .pinned_to_default = {},
    .session_name = {},
    // A deferred transaction cannot be upgraded once another one has committed.
    .begin_read = "BEGIN IMMEDIATE",
    .begin_write = "BEGIN IMMEDIATE",
    .begin_snapshot = sqlite_snapshot,
    .commit = "COMMIT",
    .rollback = "ROLLBACK"};

constexpr dialect generic{.kind = product::generic,
                          .quote = '"',
                          .read_settings = {},
                          .write_settings = {},
                          .connect_timeout_key = {},
                          .answer_timeout_key = {},
                          .read_setup = {},
                          .write_setup = {},
                          .write_setup_holds = {},
                          .pinned = {},
                          .pinned_to_default = {},
                          .session_name = {},
                          .begin_read = {},
                          .begin_write = {},
                          .begin_snapshot = {},
                          .commit = {},
                          .rollback = {}};

/// By a part of the driver's name or of its library's file name.
product driver_by_name(std::string_view name) {
  const auto word = lower(name);
  if (contains(word, "psqlodbc") || contains(word, "postgres")) return product::postgresql;
  if (contains(word, "maodbc") || contains(word, "mariadb")) return product::mariadb;
  if (contains(word, "sqlite")) return product::sqlite;
  return product::generic;
}

struct known_server {
  std::string_view mark;  ///< in its answer to SELECT version(), lower case
  std::string_view name;
};
/// Databases with PostgreSQL's protocol, most of which call themselves PostgreSQL as well.
constexpr std::array postgresql_relatives{known_server{"redshift", "Amazon Redshift"},
                                          known_server{"cockroach", "CockroachDB"},
                                          known_server{"-yb-", "YugabyteDB"},
                                          known_server{"yugabyte", "YugabyteDB"},
                                          known_server{"greenplum", "Greenplum"},
                                          known_server{"cloudberry", "Cloudberry"},
                                          known_server{"enterprisedb", "EnterpriseDB"},
                                          known_server{"gauss", "openGauss"},
                                          known_server{"materialize", "Materialize"},
                                          known_server{"risingwave", "RisingWave"},
                                          known_server{"questdb", "QuestDB"},
                                          known_server{"cratedb", "CrateDB"},
                                          known_server{"server protocol using h2", "H2"},
                                          known_server{"hologres", "Hologres"},
                                          known_server{"polardb", "PolarDB"},
                                          known_server{"kingbase", "KingbaseES"},
                                          known_server{"vertica", "Vertica"},
                                          known_server{"netezza", "Netezza"},
                                          known_server{"duckdb", "DuckDB"},
                                          known_server{"denodo", "Denodo"}};

/// `PostgreSQL 15.6 (Debian …) on x86_64-pc-linux-gnu, compiled by gcc …, 64-bit`: a server built
/// from PostgreSQL's sources answers in this form, with nothing behind it.
bool is_genuine_postgresql(std::string_view version) {
  return version.starts_with("PostgreSQL ") && version.ends_with("-bit");
}

}  // namespace

server_identity identify_server(product expected, const server_answers& answers) {
  const auto& [version, dbms_name] = answers;
  constexpr std::size_t most_shown = 60;
  const auto word = lower(version);
  if (expected == product::postgresql) {
    for (const auto& [mark, name] : postgresql_relatives)
      if (contains(word, mark)) return {product::generic, std::string(name)};
    const auto shown = version.substr(0, std::min(version.find_first_of("(,"), most_shown));
    return {is_genuine_postgresql(version) ? expected : product::generic,
            std::string(shown.substr(0, shown.find_last_not_of(' ') + 1))};
  }
  if (expected != product::mariadb) return {expected, std::string(dbms_name)};
  const bool genuine = contains(word, "mariadb");
  // If the driver is MariaDB's, only the version shows that the server is another database.
  const auto name = genuine                         ? std::string_view("MariaDB")
                    : lower(dbms_name) == "mariadb" ? std::string_view("MySQL")
                                                    : dbms_name;
  return {genuine ? expected : product::generic,
          std::string(name) + " " + std::string(version.substr(0, most_shown))};
}

const dialect& dialect_of(product kind) {
  switch (kind) {
    case product::postgresql:
      return postgresql;
    case product::mariadb:
      return mariadb;
    case product::sqlite:
      return sqlite;
    case product::generic:
      break;
  }
  return generic;
}

std::string system_profile(std::string_view file, std::string_view section, std::string_view key) {
  static std::mutex mutex;  // unixODBC promises no thread safety for reading its files
  const std::lock_guard lock(mutex);
  std::array<char, 1024> value{};
  SQLGetPrivateProfileString(std::string(section).c_str(), std::string(key).c_str(), "",
                             value.data(), static_cast<int>(value.size()),
                             std::string(file).c_str());
  return value.data();
}

product detect_driver(const connection_string& text, const profile_lookup& lookup) {
  auto driver = text.get("Driver").value_or("");
  if (driver.empty()) {
    const auto dsn = text.get("DSN");
    if (!dsn) return product::generic;
    driver = lookup("odbc.ini", *dsn, "Driver");
  }
  if (!contains(driver, "/")) {
    if (auto library = lookup("odbcinst.ini", driver, "Driver"); !library.empty()) driver = library;
  }
  const auto slash = driver.rfind('/');
  return driver_by_name(slash == std::string::npos ? driver : driver.substr(slash + 1));
}

product detect_database(std::string_view dbms_name) {
  const auto word = lower(dbms_name);
  if (contains(word, "postgres")) return product::postgresql;
  if (contains(word, "mariadb")) return product::mariadb;
  if (contains(word, "sqlite")) return product::sqlite;
  return product::generic;
}

std::string pins(const connection_string& text, const dialect& words,
                 const profile_lookup& lookup) {
  std::string all(words.pinned);
  const auto dsn = text.get("DSN");
  const bool own_setup = text.get("ConnSettings") || text.get("A6") ||
                         (dsn && !lookup("odbc.ini", *dsn, "ConnSettings").empty());
  if (!own_setup) all += words.pinned_to_default;
  return all;
}

void add_settings(connection_string& text, const dialect& words, purpose use, timeouts limits,
                  const profile_lookup& lookup) {
  const auto dsn = text.get("DSN");
  const auto add = [&](std::string_view key, std::string_view value) {
    if (dsn && !lookup("odbc.ini", *dsn, key).empty()) return;
    text.add_default(key, value);
  };
  const auto add_seconds = [&](std::string_view key, std::chrono::milliseconds value) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(value).count();
    if (!key.empty() && seconds > 0) add(key, std::to_string(seconds));
  };
  for (const auto& [key, value] :
       use == purpose::read ? words.read_settings : words.write_settings) {
    add(key, value);
  }
  add_seconds(words.connect_timeout_key, limits.connect);
  add_seconds(words.answer_timeout_key, limits.answer);
}

}  // namespace sluice::odbc
