// The implementation of a statement. Internal to runtime/odbc.
#pragma once

#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/parameters.hpp"
#include "runtime/odbc/result_row.hpp"

namespace sluice::odbc {

struct statement::impl {
  explicit impl(std::shared_ptr<session> s) : owner(std::move(s)), handle(owner->new_statement()) {}
  /// psqlodbc asks the server to forget a prepared statement, and waits for the answer.
  ~impl() {
    owner->clean_up([this] { handle = stmt_handle(); });
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  /// Prepares `sql` in the server, or in the driver, which may postpone it.
  void prepare(std::string_view sql) {
    owner->run(SQL_HANDLE_STMT, handle.get(), [&] {
      return SQLPrepare(handle.get(), sql_text(sql), static_cast<SQLINTEGER>(sql.size()));
    });
  }

  /// Fetches the next row; result_row::take reads it. Before the first row the statement may run
  /// again.
  SQLRETURN fetch() {
    if (std::exchange(fetched, true)) [[likely]]
      return owner->fetch(handle, nullptr);
    return owner->fetch(handle, [this] {
      return whole.empty() ? SQLExecute(handle.get()) : session::raw_execute(handle, whole);
    });
  }

  std::shared_ptr<session> owner;
  stmt_handle handle;
  std::string whole;     ///< its text, sent at each execution; empty: prepared in the server
  bool fetched = false;  ///< since it ran last
  parameters in;
  result_row row;
  bool described = false;
  bool open = false;  ///< a result is open
  bool ran = false;   ///< since it was closed last
};

}  // namespace sluice::odbc
