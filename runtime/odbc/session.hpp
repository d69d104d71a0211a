// One connected driver session: what connection and statement share. Internal to runtime/odbc.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/dialect.hpp"
#include "runtime/odbc/handles.hpp"
#include "runtime/odbc/interruption.hpp"

namespace sluice::odbc {

/// Whether `session::sever` is wanted, for which the session looks for its socket. A session that
/// can be stopped is always severable.
enum class severable : bool { no, yes };

class session {
 public:
  session(const connect_options& options, const std::stop_token& stop,
          severable cut = severable::no);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] product kind() const { return words_->kind; }
  [[nodiscard]] char quote() const { return quote_; }
  /// True if the driver lets SQLGetData read a column that is bound.
  [[nodiscard]] bool gets_bound_columns() const { return gets_bound_columns_; }
  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }

  [[nodiscard]] stmt_handle new_statement() { return stmt_handle(dbc_.get(), kind()); }

  /// Whether a call that found SQLite locked may be made again.
  enum class repeatable : bool { no, yes };
  /// Runs `call` (an ODBC function on `handle`) as one interruptible driver call; waits for SQLite
  /// locks. Returns its return code: success, SQL_NO_DATA or SQL_NEED_DATA. Throws odbc_error.
  template <class Call>
  SQLRETURN run(SQLSMALLINT handle_type, SQLHANDLE handle, Call&& call,
                repeatable again = repeatable::yes);
  /// SQLFetch on `handle`, as `run` runs it. If sqliteodbc could not read the first row because the
  /// file was locked, it forgets the result: a second fetch finds the end of the data, without an
  /// error. So `execute`, unless empty, runs the statement again before each later try.
  template <class Execute>
  SQLRETURN fetch(const stmt_handle& handle, const Execute& execute);
  /// Runs `call`, which must not throw. A stop does not end the call, but bounds it in time.
  template <class Call>
  void clean_up(Call&& call) noexcept;
  /// SQLExecDirect on `handle`, as `run` runs it.
  SQLRETURN execute_direct(const stmt_handle& handle, std::string_view sql);
  /// SQLExecDirect itself: not interruptible, without retries.
  static SQLRETURN raw_execute(const stmt_handle& handle, std::string_view sql);
  /// One statement on a handle of its own.
  void execute_once(std::string_view sql);
  /// Rows affected by what `handle` ran, -1 if unknown.
  [[nodiscard]] static std::int64_t affected(const stmt_handle& handle, SQLRETURN result);

  /// True where nothing of a session lasts longer than a transaction: see dialect::pinned.
  [[nodiscard]] bool settles_by_transaction() const { return !pinned_.empty(); }
  /// Runs `work`, which sends one statement, in a transaction of its own where the dialect's
  /// settings need one and none is open. Returns what it returns.
  template <class Work>
  auto settled(Work&& work);

  void begin(bool snapshot);
  void commit();
  void rollback() noexcept;

  /// Cuts the connection, if its socket is known. Any thread.
  void sever() const noexcept;

 private:
  void find_words();
  void ask_what_it_is();
  void identify(const socket_set& before);
  void set_autocommit(bool on);
  void send_begin(std::string_view sql);
  /// From now on another client may use the server's session.
  void forget_session_name() noexcept;
  void check_transaction_alive();
  void execute_commit();
  [[nodiscard]] bool try_rollback() noexcept;
  /// The first `columns` cells of the first row, which must exist; short values only.
  std::vector<std::optional<std::string>> first_row(std::string_view sql, SQLUSMALLINT columns);
  template <class Execute>
  std::vector<std::optional<std::string>> fetch_row(const stmt_handle& handle, SQLUSMALLINT columns,
                                                    const Execute& execute);
  /// Goes on to the first result of `handle` that has columns; there must be one.
  void skip_to_rows(const stmt_handle& handle);
  /// Throws the driver's error about `handle`; as (interrupted) if Sluice cancelled the call.
  [[noreturn]] void raise(SQLSMALLINT handle_type, SQLHANDLE handle, SQLRETURN result);
  [[noreturn]] void raise_refused();
  /// True if the failed call on `handle` found SQLite locked and may be repeated: the time is not
  /// up.
  [[nodiscard]] bool may_retry(SQLSMALLINT handle_type, SQLHANDLE handle,
                               std::chrono::steady_clock::time_point give_up);

  const dialect* words_;
  char quote_ = '"';
  std::string pinned_;  ///< behind every BEGIN
  std::string server_;
  connect_options options_;
  std::shared_ptr<interruption> interruption_;
  std::shared_ptr<canceller> canceller_;
  std::shared_ptr<driver_socket> socket_;
  dbc_handle dbc_;
  bool gets_bound_columns_ = true;  ///< the drivers that were measured do
  bool in_transaction_ = false;
  bool lost_ = false;
};

template <class Call>
SQLRETURN session::run(SQLSMALLINT handle_type, SQLHANDLE handle, Call&& call, repeatable again) {
  if (lost_ || !interruption_->enter(handle_type == SQL_HANDLE_STMT ? handle : nullptr))
    raise_refused();
  SQLRETURN result = call();
  if (result == SQL_ERROR && kind() == product::sqlite && again == repeatable::yes) {
    const auto give_up = std::chrono::steady_clock::now() + options_.lock_timeout;
    while (result == SQL_ERROR && may_retry(handle_type, handle, give_up)) result = call();
  }
  if (!interruption_->leave()) lost_ = true;
  if (SQL_SUCCEEDED(result)) [[likely]]
    return result;
  // An interrupted driver may report the end of the data instead of an error.
  const bool plain_end = result == SQL_NO_DATA || result == SQL_NEED_DATA;
  if (plain_end && !interruption_->requested()) return result;
  raise(handle_type, handle, result);
}

template <class Execute>
SQLRETURN session::fetch(const stmt_handle& handle, const Execute& execute) {
  const auto h = handle.get();
  if constexpr (std::is_same_v<Execute, std::nullptr_t>) {
    return run(
        SQL_HANDLE_STMT, h, [h] { return SQLFetch(h); }, repeatable::no);
  } else {
    bool failed = false;
    return run(SQL_HANDLE_STMT, h, [&] {
      if (std::exchange(failed, true))
        if (const auto result = execute(); !SQL_SUCCEEDED(result)) return result;
      return SQLFetch(h);
    });
  }
}

template <class Work>
auto session::settled(Work&& work) {
  if (in_transaction_ || !settles_by_transaction()) return work();
  begin(false);
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      commit();
    } else {
      auto result = work();
      commit();
      return result;
    }
  } catch (...) {
    rollback();
    throw;
  }
}

template <class Call>
void session::clean_up(Call&& call) noexcept {
  interruption_->enter_cleanup();
  call();
  interruption_->leave_cleanup();
}

}  // namespace sluice::odbc
