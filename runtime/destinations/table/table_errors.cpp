#include "runtime/destinations/table/table_errors.hpp"

#include <algorithm>
#include <array>

namespace sluice::destinations {
namespace {

constexpr int mariadb_subquery_returns_rows = 1242;  // raised by the guard of mariadb_writer
constexpr int mariadb_signal = 1644;                 // SIGNAL in a trigger
constexpr int mariadb_invalid_text = 1300;
constexpr int mariadb_row_too_large = 1118;

template <std::size_t N>
bool one_of(int code, const std::array<int, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Whether the row does not fit, independent of other rows. As in classify, PostgreSQL has genuine
/// states, MariaDB and SQLite their own codes.
bool concerns_only_row(const odbc::diagnostic& what) {
  if (what.state.starts_with("22") || what.state == "23502" || what.state == "23514") return true;
  // NULL, out of range, wrong value, no default, too long, invalid JSON or text, CHECK, row size
  constexpr std::array mariadb{1048,
                               1264,
                               1265,
                               1292,
                               1364,
                               1366,
                               1406,
                               1411,
                               3140,
                               4025,
                               4038,
                               mariadb_invalid_text,
                               mariadb_row_too_large};
  if (what.state != "HY000") return one_of(what.native, mariadb);
  constexpr int too_big = 18, constraint = 19, mismatch = 20;
  const auto code = what.native & 0xff;
  return one_of(what.native, mariadb) || code == too_big || code == mismatch ||
         (code == constraint && (what.message.find("NOT NULL constraint") != std::string::npos ||
                                 what.message.find("CHECK constraint") != std::string::npos));
}

errc code_of(const odbc::odbc_error& e) {
  return e.info().kind == odbc::error_class::interrupted ? errc::cancelled
                                                         : errc::destination_failed;
}

const char* connect_hint(odbc::error_class kind) {
  return kind == odbc::error_class::transient || kind == odbc::error_class::lost
             ? "check that the server runs and can be reached; the next run delivers what is "
               "missing"
             : "check destination.odbc: driver, server, database, user and password";
}

const char* table_hint(odbc::error_class kind) {
  switch (kind) {
    case odbc::error_class::transient:
      return "other sessions held their locks for too long; the next run delivers what is missing";
    case odbc::error_class::lost:
      return "the server ended the connection, see its log; the next run delivers what is missing";
    default:
      return "check the table and the permissions on it: SELECT, INSERT, UPDATE and DELETE are "
             "needed";
  }
}

}  // namespace

bool refuses_row(const odbc::diagnostic& what) {
  if (what.kind == odbc::error_class::row) return true;
  if (what.kind != odbc::error_class::permanent) return false;
  // PostgreSQL: raised by a trigger (P0001 and the like); a value too large for an index (54000).
  return what.state.starts_with("P0") || what.state.starts_with("54") ||
         what.native == mariadb_subquery_returns_rows || what.native == mariadb_signal ||
         what.native == mariadb_invalid_text || what.native == mariadb_row_too_large;
}

odbc::odbc_error kept_out() {
  return {odbc::error_class::row,
          "the statement ended without an error, but the row is not in the table as it was sent: a "
          "trigger, a rule or a policy of the table keeps it out"};
}

std::string rejection_reason(const odbc::diagnostic& what) {
  if (what.native == mariadb_subquery_returns_rows)
    return "another row of the table has the same value in a unique index, or a key that its "
           "collation takes for equal";
  return what.text();
}

rejection rejection_of(std::uint32_t index, const odbc::odbc_error& why) {
  return {index, rejection_reason(why.info()), 0, !concerns_only_row(why.info())};
}

failure connect_failure(const odbc::odbc_error& e, const std::string& table) {
  return {code_of(e), "connect to destination of table", table, e.what(),
          connect_hint(e.info().kind)};
}

failure table_failure(const odbc::odbc_error& e, std::string operation, const std::string& table) {
  return {code_of(e), std::move(operation), table, e.what(), table_hint(e.info().kind)};
}

}  // namespace sluice::destinations
