#include "runtime/odbc/diagnostics.hpp"

#include <algorithm>
#include <array>

#include "messages/ascii.hpp"

namespace sluice::odbc {
namespace {

template <std::size_t N>
bool one_of(int code, const std::array<int, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Classes shared by every driver that reports genuine SQLSTATEs.
error_class by_state(std::string_view state) {
  if (state == "40001" || state == "40P01" || state == "55P03") return error_class::transient;
  if (state.starts_with("08") || state.starts_with("57P0")) return error_class::lost;
  if (state == "57014" || state == "HY008") return error_class::interrupted;
  if (state.starts_with("53") || state == "HYT00" || state == "HYT01")
    return error_class::transient;
  if (state.starts_with("22") || state.starts_with("23") || state == "21000" || state == "44000")
    return error_class::row;
  return error_class::permanent;
}

/// While connecting psqlodbc says 08001 for everything; `FATAL:` means that the server answered.
error_class postgresql_connect(std::string_view message) {
  const bool answered = contains(message, "FATAL:");
  const bool passing =
      contains(message, "starting up") || contains(message, "shutting down") ||
      contains(message, "recovery mode") || contains(message, "too many clients") ||
      contains(message, "too many connections") || contains(message, "remaining connection slots");
  return answered && !passing ? error_class::permanent : error_class::transient;
}

error_class mariadb_class(call_phase phase, std::string_view state, int native) {
  // too many connections; cannot connect (socket, TCP); unknown host
  constexpr std::array connect_again{1040, 1203, 2002, 2003, 2005, 2013, 2055};
  // gone away; lost during query; killed connection; shutdown in progress; malformed packet
  constexpr std::array lost{1053, 1927, 2006, 2013, 2027, 2055};
  // lock wait time-out; deadlock; row changed since the snapshot; out of locks or connections
  constexpr std::array again{1020, 1040, 1203, 1205, 1206, 1213};
  constexpr std::array interrupted{1317, 1028, 3024, 1969};
  // duplicate (also with the index named), NULL, CHECK, foreign keys, too long, out of range, wrong
  // value for the type, truncated, invalid JSON or UTF-8, no default
  constexpr std::array row{1048, 1062, 1586, 1216, 1217, 1264, 1265, 1292, 1364, 1366,
                           1406, 1411, 1451, 1452, 1557, 1761, 1762, 3140, 4025, 4038};
  if (phase == call_phase::connecting) {
    return one_of(native, connect_again) ? error_class::transient : error_class::permanent;
  }
  if (one_of(native, lost)) return error_class::lost;
  if (one_of(native, again)) return error_class::transient;
  if (one_of(native, interrupted)) return error_class::interrupted;
  if (one_of(native, row)) return error_class::row;
  // The driver's own errors carry no native code.
  return native == 0 ? by_state(state) : error_class::permanent;
}

error_class sqlite_class(int native) {
  switch (native & 0xff) {  // the rest of an extended result code says no more than the primary one
    case 5:                 // BUSY: another connection holds the lock
    case 6:                 // LOCKED
      return error_class::transient;
    case 9:  // INTERRUPT
      return error_class::interrupted;
    case 18:  // TOOBIG
    case 19:  // CONSTRAINT
    case 20:  // MISMATCH
      return error_class::row;
    default:
      return error_class::permanent;
  }
}

}  // namespace

std::string_view to_string(product kind) {
  switch (kind) {
    case product::postgresql:
      return "PostgreSQL";
    case product::mariadb:
      return "MariaDB";
    case product::sqlite:
      return "SQLite";
    case product::generic:
      return "the database";
  }
  return "the database";
}

std::string diagnostic::text() const {
  if (state.empty()) return message;
  std::string out = message + " (SQLSTATE " + state;
  // HY000 is "general error", 23000 any constraint: for both, the native code shows the error.
  if (native != 0 && (state == "HY000" || state == "23000"))
    out += ", code " + std::to_string(native);
  return out + ')';
}

error_class classify(product kind, call_phase phase, std::string_view state, int native,
                     std::string_view message) {
  // Errors of the driver manager: missing driver, unknown data source, bad connection string.
  if (contains(message, "Can't open lib") || state == "IM002" || state == "IM003" ||
      state == "IM004") {
    return error_class::permanent;
  }
  if (state == "08003" && phase == call_phase::connected) return error_class::lost;
  switch (kind) {
    case product::postgresql:
      if (phase == call_phase::connecting) return postgresql_connect(message);
      return by_state(state);
    case product::mariadb:
      return mariadb_class(phase, state, native);
    case product::sqlite:
      return state == "HY000" || state.empty() ? sqlite_class(native) : by_state(state);
    case product::generic:
      break;
  }
  const auto meaning = by_state(state);
  if (phase == call_phase::connecting && meaning == error_class::lost)
    return error_class::transient;
  return meaning;
}

std::string clean_message(std::string_view message) {
  while (message.starts_with('[')) {
    const auto end = message.find(']');
    if (end == std::string_view::npos) break;
    message.remove_prefix(end + 1);
  }
  if (const auto tail = message.find(";\nError while"); tail != std::string_view::npos)
    message = message.substr(0, tail);
  std::string out;
  out.reserve(message.size());
  for (const char c : message) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace sluice::odbc
