#include "runtime/odbc/diagnostics.hpp"

#include <doctest/doctest.h>

using namespace sluice::odbc;

namespace {

struct example {
  product kind;
  const char* state;
  int native;
  const char* message;
  error_class meaning;
};

void check(call_phase phase, std::initializer_list<example> table) {
  for (const auto& row : table) {
    CAPTURE(to_string(row.kind));
    CAPTURE(row.state);
    CAPTURE(row.native);
    CAPTURE(row.message);
    CHECK(classify(row.kind, phase, row.state, row.native, row.message) == row.meaning);
  }
}

}  // namespace

TEST_CASE("errors of a connected session are classified per driver") {
  using enum product;
  using enum error_class;
  check(call_phase::connected,
        {{postgresql, "40001", 1, "could not serialize access", transient},
         {postgresql, "40P01", 1, "deadlock detected", transient},
         {postgresql, "55P03", 1, "could not obtain lock", transient},
         {postgresql, "57014", 1, "canceling statement due to user request", interrupted},
         {postgresql, "57P01", 1, "terminating connection due to administrator command", lost},
         {postgresql, "08S01", 26, "server closed the connection unexpectedly", lost},
         {postgresql, "53100", 1, "could not extend file: No space left on device", transient},
         {postgresql, "23505", 1, "duplicate key value violates unique constraint", row},
         {postgresql, "22001", 1, "value too long for type character varying(3)", row},
         {postgresql, "22P02", 1, "invalid input syntax for type integer", row},
         {postgresql, "21000", 1, "cannot affect row a second time", row},
         {postgresql, "42P01", 1, "relation does not exist", permanent},
         {postgresql, "42501", 1, "permission denied", permanent},
         {postgresql, "25P02", 1, "current transaction is aborted", permanent},
         {mariadb, "HY000", 1205, "Lock wait timeout exceeded", transient},
         {mariadb, "40001", 1213, "Deadlock found", transient},
         {mariadb, "08S01", 2013, "Lost connection to server during query", lost},
         {mariadb, "HY000", 2006, "Server has gone away", lost},
         {mariadb, "08003", 0, "Connection not open", lost},
         {mariadb, "70100", 1317, "Query execution was interrupted", interrupted},
         {mariadb, "HY018", 1317, "Query execution was interrupted", interrupted},
         {mariadb, "23000", 1062, "Duplicate entry '1' for key 'PRIMARY'", row},
         {mariadb, "23000", 1048, "Column 'x' cannot be null", row},
         {mariadb, "23000", 4025, "CONSTRAINT `c` failed", row},
         {mariadb, "22001", 1406, "Data too long for column", row},
         {mariadb, "22003", 1264, "Out of range value", row},
         {mariadb, "22007", 1292, "Incorrect datetime value", row},
         {mariadb, "HY000", 1366, "Incorrect integer value", row},
         {mariadb, "42S02", 1146, "Table 'x' doesn't exist", permanent},
         {mariadb, "42S22", 1054, "Unknown column", permanent},
         {mariadb, "42000", 1064, "You have an error in your SQL syntax", permanent},
         {sqlite, "HY000", 5, "database is locked (5)", transient},
         {sqlite, "HY000", 6, "database table is locked (6)", transient},
         {sqlite, "HY000", 9, "interrupted (9)", interrupted},
         {sqlite, "HY000", 19, "UNIQUE constraint failed: t.a (19)", row},
         {sqlite, "HY000", 2067, "UNIQUE constraint failed: t.a (2067)", row},
         {sqlite, "HY000", 20, "datatype mismatch (20)", row},
         {sqlite, "HY000", 8, "attempt to write a readonly database (8)", permanent},
         {sqlite, "HY000", 1, "no such table: x (1)", permanent},
         {sqlite, "HY000", 26, "file is not a database (26)", permanent},
         {generic, "40001", 7, "serialization failure", transient},
         {generic, "08S01", 7, "communication link failure", lost},
         {generic, "HY008", 7, "operation canceled", interrupted},
         {generic, "23000", 7, "constraint", row},
         {generic, "HYT00", 7, "timeout expired", transient},
         {generic, "42000", 7, "syntax error", permanent}});
}

TEST_CASE("a failed connect is transient only if trying again may help") {
  using enum product;
  using enum error_class;
  check(call_phase::connecting,
        {{postgresql, "08001", 101, "FATAL: password authentication failed for user", permanent},
         {postgresql, "08001", 101, "FATAL: database \"x\" does not exist", permanent},
         {postgresql, "08001", 101, "FATAL: the database system is starting up", transient},
         {postgresql, "08001", 101, "FATAL: sorry, too many clients already", transient},
         {postgresql, "08001", 101, "connection refused", transient},
         {mariadb, "28000", 1045, "Access denied for user", permanent},
         {mariadb, "HY000", 1049, "Unknown database", permanent},
         {mariadb, "HY000", 2002, "Can't connect to server", transient},
         {mariadb, "HY000", 2005, "Unknown server host", transient},
         {mariadb, "08004", 1040, "Too many connections", transient},
         {mariadb, "HY000", 2026, "TLS/SSL error", permanent},
         {sqlite, "HY000", 14, "unable to open database file", permanent},
         {generic, "08001", 7, "unable to connect", transient},
         {generic, "01000", 0, "[unixODBC][Driver Manager]Can't open lib 'x' : file not found",
          permanent},
         {postgresql, "IM002", 0, "Data source name not found", permanent}});
}

TEST_CASE("a driver's message is cleaned of prefixes and of psqlodbc's tail") {
  CHECK(clean_message("[unixODBC][Driver Manager]Can't open lib") == "Can't open lib");
  CHECK(clean_message("[ma-3.1.15][10.11.6-MariaDB]Table 'a.b' doesn't exist") ==
        "Table 'a.b' doesn't exist");
  CHECK(clean_message("ERROR: relation \"x\" does not exist;\nError while executing the query") ==
        "ERROR: relation \"x\" does not exist");
  CHECK(clean_message("a\n  b\t") == "a b");
  CHECK(clean_message("[never closed") == "[never closed");
}

TEST_CASE("the text of an error names its state and the native code where the state says nothing") {
  CHECK(diagnostic{"42P01", 1, "no such relation", error_class::permanent}.text() ==
        "no such relation (SQLSTATE 42P01)");
  CHECK(diagnostic{"HY000", 1205, "lock wait", error_class::transient}.text() ==
        "lock wait (SQLSTATE HY000, code 1205)");
  CHECK(odbc_error(error_class::interrupted, "interrupted").what() == std::string("interrupted"));
}
