#include "runtime/source/source_failure.hpp"

#include <algorithm>
#include <string_view>

namespace sluice::source {
namespace {

using odbc::product;

/// A rule matches by state, by native code (0: any) and by a part of the message (empty: any).
struct rule {
  product kind;
  std::string_view state;
  int native;
  std::string_view part;
  std::string_view hint;
};

constexpr std::string_view missing_table =
    "check source.table (or the tables that source.query names), with its schema";
constexpr std::string_view missing_column =
    "check the column names in source.query or source.where";
constexpr std::string_view bad_sql = "check source.query or source.where";
constexpr std::string_view equal_names = "give each column of source.query a name of its own";
constexpr std::string_view no_right = "grant the user of source.odbc the right to read it";
constexpr std::string_view bad_password = "check Uid and Pwd in source.odbc";
constexpr std::string_view no_server =
    "check Server and Port in source.odbc, and that the server runs and can be reached";
constexpr std::string_view no_database = "check Database in source.odbc";
constexpr std::string_view question_mark =
    "the driver takes a ? for a parameter: write the function instead of the operator, "
    "jsonb_exists(a, b) for a ? b, jsonb_exists_any for ?|, jsonb_exists_all for ?&, "
    "jsonb_path_exists for @?";
constexpr std::string_view no_parameters = "a model has no parameters: give source.query the value";
constexpr std::string_view other_rows =
    "what it gives must not change within a transaction: random(), or LIMIT without ORDER BY";
constexpr std::string_view standby_conflict =
    "the standby replayed what the pass still read: turn hot_standby_feedback on there, raise "
    "max_standby_streaming_delay, or read the primary; the next run goes on where this one stopped";
constexpr std::string_view idle_in_transaction =
    "a pass waits in its transaction while rows are delivered: raise "
    "idle_in_transaction_session_timeout for the user of source.odbc; the next run goes on where "
    "this one stopped";
constexpr std::string_view too_slow =
    "raise it for the user of source.odbc, or make the model cheaper to read";
constexpr std::string_view must_not_write =
    "models are read in read-only transactions: the query, or what its views call, must not write";
constexpr std::string_view no_copy =
    "grant CREATE TEMPORARY TABLES: what has changed by a cursor, and a model without a primary "
    "key "
    "that can be paged, is read from a temporary copy";
constexpr std::string_view bad_cursor =
    "check source.change_detection.cursor: it names a number, date, time stamp or text that grows "
    "with every change of a row";
constexpr std::string_view bad_overlap =
    "leave source.change_detection.overlap out, or take a date or time stamp for the cursor";
constexpr std::string_view bad_highest =
    "nothing would ever lie past it: correct the row that has it, or check "
    "source.change_detection.cursor";

constexpr rule rules[] = {
    {product::postgresql, "", 0, "conflict with recovery", standby_conflict},
    {product::postgresql, "25P03", 0, "", idle_in_transaction},
    {product::postgresql, "", 0, "idle-in-transaction timeout", idle_in_transaction},
    {product::postgresql, "57014", 0, "timeout", too_slow},
    {product::postgresql, "25006", 0, "", must_not_write},
    {product::postgresql, "42P01", 0, "", missing_table},
    {product::postgresql, "3F000", 0, "", missing_table},
    {product::postgresql, "42703", 0, "", missing_column},
    {product::postgresql, "07002", 0, "", question_mark},
    {product::postgresql, "07001", 0, "", question_mark},
    {product::postgresql, "42601", 0, "\"$", question_mark},
    {product::postgresql, "42601", 0, "", bad_sql},
    {product::postgresql, "42501", 0, "", no_right},
    {product::postgresql, "", 0, "password authentication failed", bad_password},
    {product::postgresql, "", 0, "no password supplied", bad_password},
    {product::postgresql, "08001", 0, "does not exist", no_database},
    {product::postgresql, "08001", 0, "", no_server},
    {product::mariadb, "", 1969, "", too_slow},
    {product::mariadb, "", 1792, "", must_not_write},
    {product::mariadb, "", 1060, "", equal_names},
    {product::mariadb, "", 1146, "", missing_table},
    {product::mariadb, "", 1054, "", missing_column},
    {product::mariadb, "", 1064, "", bad_sql},
    {product::mariadb, "", 1044, "sluice_", no_copy},
    {product::mariadb, "", 1142, "", no_right},
    {product::mariadb, "", 1143, "", no_right},
    {product::mariadb, "", 1045, "", bad_password},
    {product::mariadb, "", 1044, "", no_right},
    {product::mariadb, "", 1049, "", no_database},
    {product::mariadb, "", 2002, "", no_server},
    {product::mariadb, "", 2003, "", no_server},
    {product::mariadb, "", 2005, "", no_server},
    {product::sqlite, "", 0, "cannot open the database file", no_database},
    {product::sqlite, "", 0, "no such table", missing_table},
    {product::sqlite, "", 0, "no such column", missing_column},
    {product::sqlite, "", 0, "syntax error", bad_sql},
    {product::sqlite, "", 26, "", no_database},
};

std::string_view hint_for(product kind, const odbc::diagnostic& what) {
  const auto contains = [&](std::string_view part) {
    return what.message.find(part) != std::string::npos;
  };
  if (contains("is not installed"))
    return "install the driver's package (odbc-postgresql, odbc-mariadb, libsqliteodbc) or check "
           "Driver in source.odbc";
  if (what.state == "IM002") return "check Driver or DSN in source.odbc";
  if (contains("more than one column named")) return equal_names;
  if (contains("outside of quotes"))
    return kind == product::postgresql ? question_mark : no_parameters;
  if (contains("gave other rows")) return other_rows;
  if (contains("the query ") || contains("the filter ")) return bad_sql;
  if (contains("the cursor column ")) return bad_cursor;
  if (contains("the cursor's overlap ")) return bad_overlap;
  if (contains("the cursor's highest value ")) return bad_highest;
  if (contains("connection string is malformed")) return "check source.odbc";
  const auto found = std::find_if(std::begin(rules), std::end(rules), [&](const rule& r) {
    return r.kind == kind && (r.state.empty() || r.state == what.state) &&
           (r.native == 0 || r.native == what.native) && (r.part.empty() || contains(r.part));
  });
  if (found != std::end(rules)) return found->hint;
  switch (what.kind) {
    case odbc::error_class::transient:
      return "the next run may succeed";
    case odbc::error_class::lost:
      return "the server closed the connection; look into its log";
    default:
      return "";
  }
}

}  // namespace

failure source_failure(const std::string& connection, odbc::product kind,
                       const odbc::diagnostic& what) {
  // A server that ends a statement for its own limit reports the same state as for a cancel.
  const bool by_us = what.kind == odbc::error_class::interrupted && what.state.empty();
  if (by_us) return failure(errc::cancelled, "read model", connection, what.text());
  return failure(errc::source_failed, "read model", connection, what.text(),
                 std::string(hint_for(kind, what)));
}

}  // namespace sluice::source
