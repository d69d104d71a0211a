// One connected driver session: what connection and statement share. Internal to runtime/odbc.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string_view>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/dialect.hpp"
#include "runtime/odbc/handles.hpp"
#include "runtime/odbc/interruption.hpp"

namespace sluice::odbc {

class session {
 public:
  session(const connect_options& options, std::stop_token stop);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] const dialect& words() const { return *words_; }
  [[nodiscard]] product kind() const { return words_->kind; }
  [[nodiscard]] char quote() const { return quote_; }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }

  [[nodiscard]] stmt_handle new_statement() { return stmt_handle(dbc_.get(), kind()); }

  /// Runs `call` (an ODBC function on `handle`) as one interruptible driver call; waits for SQLite
  /// locks. Returns its return code: success, SQL_NO_DATA or SQL_NEED_DATA. Throws odbc_error.
  template <class Call>
  SQLRETURN run(SQLSMALLINT handle_type, SQLHANDLE handle, Call&& call);
  /// SQLExecDirect on `handle`, as `run` runs it.
  SQLRETURN execute_direct(const stmt_handle& handle, std::string_view sql);
  /// Rows affected by what `handle` ran, -1 if unknown.
  [[nodiscard]] static std::int64_t affected(const stmt_handle& handle, SQLRETURN result);

  void begin(bool snapshot);
  void commit();
  void rollback() noexcept;

 private:
  void connect(connection_string text);
  void set_up(purpose use);
  void set_autocommit(bool on);
  /// One statement on a handle of its own.
  void execute_once(std::string_view sql);
  void end_transaction(bool commit);
  void check_transaction_alive();
  /// Throws what the driver said about `handle`, as interrupted where we asked for that.
  [[noreturn]] void raise(SQLSMALLINT handle_type, SQLHANDLE handle);
  [[noreturn]] static void raise_interrupted();
  /// True if the failed call on `handle` found SQLite locked and may be repeated: the time is not
  /// up.
  bool may_retry(SQLSMALLINT handle_type, SQLHANDLE handle,
                 std::chrono::steady_clock::time_point give_up);

  const dialect* words_;
  char quote_;
  connect_options options_;
  interruption interruption_;
  dbc_handle dbc_;
  bool in_transaction_ = false;
  bool lost_ = false;
};

template <class Call>
SQLRETURN session::run(SQLSMALLINT handle_type, SQLHANDLE handle, Call&& call) {
  if (interruption_.requested()) raise_interrupted();
  SQLRETURN result = call();
  if (SQL_SUCCEEDED(result)) return result;
  if (result == SQL_ERROR && kind() == product::sqlite) {
    const auto give_up = std::chrono::steady_clock::now() + options_.lock_timeout;
    while (result == SQL_ERROR && may_retry(handle_type, handle, give_up)) result = call();
    if (SQL_SUCCEEDED(result)) return result;
  }
  // An interrupted driver may report the end of the data instead of an error.
  if (interruption_.requested()) raise_interrupted();
  if (result == SQL_NO_DATA || result == SQL_NEED_DATA) return result;
  raise(handle_type, handle);
}

}  // namespace sluice::odbc
